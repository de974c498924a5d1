//! Tests of the bounds: templates that would never end, or fill the memory, fail soon; all others give what they gave.

use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use proptest::prelude::*;
use tera::Context;

use super::engine::{Engine, List, Variables, plain, text_fields};
use crate::scaffold::sample;

fn variables() -> Variables {
    let mut variables = Variables::default();
    let item = |name| text_fields([("name", name), ("value", "\\\"")]);
    variables.text("a", "text");
    variables.list("l", List::new(&[item("x"), item("y"), item("z")]));
    variables
}

/// Renders on a thread, since a bomb without bounds would not come back.
fn rendered(template: &str) -> Result<String, String> {
    let (sender, receiver) = channel();
    let template = template.to_owned();
    // As large as that of the main thread.
    let thread = thread::Builder::new().stack_size(8 << 20);
    let spawned = thread.spawn(move || {
        let engine = Engine::new([("files/x", template.as_str())]).map_err(|reports| reports.join("\n"));
        sender.send(engine.and_then(|engine| engine.render("files/x", &variables())))
    });
    assert!(spawned.is_ok());
    receiver.recv_timeout(Duration::from_mins(1)).unwrap_or_else(|_| panic!("it does not end"))
}

fn nested(depth: usize, body: &str) -> String {
    let start: Vec<_> = (0..depth).map(|n| format!("[% for i{n} in range(end=1000) %]")).collect();
    let start = start.concat();
    format!("{start}{body}{}", "[% endfor %]".repeat(depth))
}

#[test]
fn a_bomb_fails_soon_and_says_why() {
    const STEPS: &str = "rendering takes more than 10 million steps";
    const VALUE: &str = "a value has more than 64 KiB";
    const FILE: &str = "renders more than 4 MiB";
    let doubled = "[% set a = a ~ a %]";
    let chain = |filter: &str| format!("[= a{} =]", format!(" | {filter}").repeat(30));
    for (bomb, why) in [
        (nested(3, ""), STEPS),
        (nested(8, "[= a =]"), STEPS),
        (nested(1, &format!("[% if {}a == 'b' %][% endif %]", "a ~ ".repeat(200))), STEPS),
        (
            format!(
                "[% set a = 'x' %]{}{}",
                doubled.repeat(16),
                nested(2, "[% if a ~ a ~ a ~ a %][% endif %]")
            ),
            STEPS,
        ),
        (nested(2, "[% break %]") + &nested(2, "[% for c in a %][% continue %][% endfor %]"), STEPS),
        (nested(2, "[% for i in [] %][% else %]-[% endfor %]"), STEPS),
        (nested(2, &format!("[= '{}' =]", "x".repeat(1000))), FILE),
        (format!("{}[= a =]", doubled.repeat(64)), VALUE),
        (nested(1, "[% set_global a = a ~ a %]"), VALUE),
        ("[% set a = [a, a] %]".repeat(64), VALUE),
        ("[% set a = {'x': a, 'y': a} %]".repeat(64), "a value"),
        ("[% set a = [a] %]".repeat(64), "nested deeper than 16"),
        ("[% set a = [...[a], ...[a]] %]".repeat(64), "a value"),
        (chain("replace(from='', to='0123456789')"), VALUE),
        (chain("split(pat='') | str"), VALUE),
        (chain("split(pat='') | join(sep=a)"), VALUE),
        (chain("indent(width=1000, first=true)").replace("[= a", "[= 'a\nb\nc\nd\ne\nf\ng'"), VALUE),
        (
            chain("truncate(length=3, end='0123456789')").replace("[= a", "[= a | truncate(length=9, end=a)"),
            "",
        ),
        (chain("k8s_literal").replace("[= a", "[= '$'"), VALUE),
        (chain("argocd_pattern").replace("[= a", "[= '*'"), VALUE),
        (chain("yaml").replace("[= a", r#"[= '- \"'"#), VALUE),
        ("[= range(end=1000000000) =]".to_owned(), "`range` gives more than 5000"),
        (format!("[% set a = '{}' %][= a | split(pat='') | unique =]", "x".repeat(12_000)), STEPS),
        (format!("[= {}a{} =]", "'' ~ [".repeat(9), "]".repeat(9)), "brackets"),
        ("[= [i for i in l] =]".to_owned(), "a list comprehension"),
        ("[= [ [i for i in l] ] =]".to_owned(), "a list comprehension"),
        ("[% set x %][= a =][% endset %]".to_owned(), "`set` without a value"),
        ("[% set x | upper %][= a =][% endset %]".to_owned(), "`set` without a value"),
        ("[% filter upper %][= a =][% endfilter %]".to_owned(), "`[% filter %]`"),
        ("[% include 'y' %]".to_owned(), "`[% include %]`"),
        ("[% extends 'y' %]".to_owned(), "`[% extends %]`"),
        ("[% block x %][% endblock %]".to_owned(), "`[% block %]`"),
        ("[% component x() %]a[% endcomponent %]".to_owned(), "`[% component %]`"),
        ("[% <x> %]a[% </x> %]".to_owned(), "`[%  %]`"),
        ("[= __tera_context =]".to_owned(), "`__tera_context`"),
        ("[= __step(words=0,copies=0,lists=0) =]".to_owned(), "`__step`"),
        ("[% for x in l %][% set x = 1 %][% set_global x = a %][% endfor %]".to_owned(), "use two names"),
        ("[= a | escape =]".to_owned(), "the filter `escape`"),
    ] {
        let shown = &bomb[..bomb.len().min(200)];
        match rendered(&bomb) {
            Ok(_) if why.is_empty() => {}
            Ok(text) => panic!("{shown}: it gives {} bytes", text.len()),
            Err(report) => {
                let is_named = report.contains("files/x") && report.contains(why) && report.len() < 2000;
                assert!(is_named && (bomb.contains("__") || !report.contains("__")), "{shown}: {report}");
            }
        }
    }
}

/// Templates for which reading alone takes long: with the square of their size, or a level of the stack for each tag.
#[test]
fn a_template_is_read_soon() {
    for (template, why) in [
        ("[% for i in a %]".repeat(100_000), "loops in each other"),
        (format!("[% if a %]{}[% endif %]", "[% elif a %]".repeat(60_000)), "`elif` of one `if`"),
        ("[% if a %]".repeat(60_000), "at most 5000 tags"),
        ("[= a =]\n".repeat(100_000), "at most 5000 tags"),
        ((0..4000).map(|n| format!("[= a | f{n} =]\n")).collect::<Vec<_>>().concat(), "unknown filter `f"),
        (format!("{}{}", "[= a | f =]".repeat(4000), "x".repeat(3_000_000)), "too many tags for their size"),
        (format!("[= {} =]", "(".repeat(100_000)), "too complex"),
        (format!("[= a{} =]", " ~ a".repeat(100_000)), "too complex"),
        ("[#".repeat(500_000), "not found"),
        ("[% raw %]".repeat(100_000), "unexpected end of raw block"),
    ] {
        let report = rendered(&template).unwrap_err();
        assert!(report.contains(why), "{}: {}", &template[..40], &report[..report.len().min(500)]);
    }
    let deep = format!("{}x{}", "[% if a %]".repeat(30), "[% endif %]".repeat(30));
    assert_eq!(rendered(&deep).unwrap(), "x");
    let branches = format!("[% if not a %]{}[% else %]x[% endif %]", "[% elif not a %]".repeat(100));
    assert_eq!(rendered(&branches).unwrap(), "x");
}

#[test]
fn a_report_shows_the_source_and_no_more_than_a_part_of_a_line() {
    let template = "one [% for i in l -%]\n  [= i.name =] [% set b = i.name %][= i.nope =]\n[% endfor %]";
    let report = rendered(template).unwrap_err();
    assert!(report.starts_with("field `nope` is not defined"), "{report}");
    let line = "2 |   [= i.name =] [% set b = i.name %][= i.nope =]\n  |                                         ^^^^";
    assert!(report.contains("--> files/x:2:41\n") && report.ends_with(line), "{report}");
    for broken in
        ["[= a ~ =]", "[= a | nofilter =]", "[= a.b.c =]", "[% if %]", "[= a | add_minutes(minutes=1) =]"]
    {
        let line = "x".repeat(3_000_000);
        let report = rendered(&format!("{line}{broken}{line}")).unwrap_err();
        assert!(report.len() < 2000 && report.contains(broken), "{broken}: {report}");
    }
}

#[test]
fn all_files_of_a_scaffold_share_one_budget() {
    let sample =
        |template: &str| sample::with_template("deploy/overlays/ENVIRONMENT/kustomization.yaml", template);
    let variables = variables();
    let large = Engine::new([("x", nested(1, &"x".repeat(4000)).as_str())]).unwrap();
    for _ in 0..4 {
        assert_eq!(large.render("x", &variables.clone()).unwrap().len(), 4_000_000);
    }
    let report = large.render("x", &variables).unwrap_err();
    assert_eq!(report, "x: all files together render more than 16 MiB");
    drop(sample("a: 1\n"));
}

/// Every filter and function that is replaced, used in every way.
#[test]
fn bounded_filters_give_what_the_engine_gives() {
    let engine = |template: &str| {
        let mut tera = plain().unwrap();
        tera.add_raw_template("x", template).unwrap();
        let mut context = Context::new();
        context.insert("a", "text");
        tera.render("x", &context)
    };
    for template in [
        "[= 'aXbX' | replace(from='X', to='--') =][= 'ab' | replace(from='', to='-') =]",
        "[= 'a,b,,c' | split(pat=',') =][= 'ab' | split(pat='') =][= '' | split(pat=',') =]",
        "[= ['a', 1, true] | join(sep=', ') =][= ['a', ['b']] | join =][= [] | join(sep='x') =]",
        "[= 'a\nb\n\nc\n' | indent =]|[= 'a\nb' | indent(width=2, first=true) =]|[= 'a\n\nb' | indent(blank=true, indentation='-') =]|[= '' | indent(first=true) =]",
        "[= 'h\u{e9}llo' | truncate(length=2) =][= 'ab' | truncate(length=2) =][= 'abc' | truncate(length=0, end='') =]",
        "[= ['a', 'b', 'a', 1, 1.0, 2] | unique =][= [] | unique =]",
        "[= 1 | str =][= 'a' | str =][= ['a', 1.5, none, {'b': true}] | str =]",
        "[= range(end=3) =][= range(start=1, end=7, step_by=2) =][= range(start=3, end=0, step_by=-1) =][= range(end=0) =][= range(start=1, end=2, step_by=5) =]",
    ] {
        assert_eq!(rendered(template).unwrap(), engine(template).unwrap(), "{template}");
    }
    for template in [
        "[= range(start=2, end=1) =]",
        "[= range(end=1, step_by=0) =]",
        "[= 'a' | replace(from='b') =]",
        "[= 1 | indent =]",
        "[= a | indent(indentation='ab') =]",
    ] {
        assert!(rendered(template).is_err() && engine(template).is_err(), "{template}");
    }
}

const LOOP: &str = "[% for i in l %]\u{a7}";

const PARTS: [&str; 34] = [
    LOOP,
    LOOP,
    "[%- for i in l -%]\n\u{a7}",
    "[% endfor %]",
    "[% endfor %]",
    "[%- endfor -%]",
    "[% if a %]",
    "[%- else -%]",
    "[% endif %]",
    "[% set b = a ~ 'x' %]",
    "[%- set b = [a] -%] ",
    "[= a =]",
    "[=- a -=]",
    "[= b =]",
    "[# c #]",
    "[#-",
    "-#]",
    "[% raw %]",
    "[% endraw %]",
    "[%-raw-%]",
    "[%-endraw-%]",
    "[=",
    "=]",
    "[%",
    "%]",
    "==]",
    " a <=]",
    "'",
    "\"",
    "\\",
    " \n ",
    "text",
    "[",
    "-",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    /// Calls of the meter change nothing, and none of the loops that the engine sees is without one.
    #[test]
    fn the_engine_reads_a_template_as_the_meter_does(parts in proptest::collection::vec(0..PARTS.len(), 1..14)) {
        let source: String = parts.iter().map(|part| PARTS[*part]).collect();
        let mut tera = plain().unwrap();
        if tera.add_raw_template("files/x", &source).is_err() {
            return Ok(());
        }
        let mut context = Context::new();
        context.insert("a", "text");
        let items: Vec<_> = ["x", "y", "z"].map(|name| text_fields([("name", name), ("value", "\\\"")])).to_vec();
        context.insert_value("l", tera::Value::from(items));
        let engine = match Engine::new([("files/x", source.as_str())]) {
            Ok(engine) => engine,
            Err(reports) => {
                prop_assert!(reports[0].contains("in a scaffold"), "{source:?}: {reports:?}");
                return Ok(());
            }
        };
        let variables = variables();
        match (tera.render("files/x", &context), engine.render("files/x", &variables)) {
            (Ok(text), Ok(metered)) => {
                prop_assert_eq!(&metered, &text, "{:?}", source);
                let written: usize = PARTS[..3].iter().skip(1).map(|part| text.matches(part).count()).sum();
                let rounds = text.matches('\u{a7}').count() - written;
                prop_assert!(variables.steps() >= rounds as u64 * 10, "{source:?}");
            }
            (Err(_), Err(_)) => {}
            (plain, metered) => prop_assert!(false, "{source:?}: {plain:?} {metered:?}"),
        }
    }
}
