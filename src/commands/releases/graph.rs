//! The releases of the first environment as a line, with the environments beside what they run.

use std::fmt::Write;

use crate::delivery::history::{Deployment, EnvironmentStatus};
use crate::ui::style::{bold, dim, width};
use crate::ui::visible;

/// So many releases between two environments are drawn one by one.
const MOST_BETWEEN: usize = 3;

/// Draws `releases`, the newest first; nothing if no environment has any of them.
pub(super) fn draw(environments: &[EnvironmentStatus], releases: &[Deployment]) -> String {
    let titles: Vec<String> = releases
        .iter()
        .map(|release| release.image.as_ref().map(|image| visible::line(&image.title())).unwrap_or_default())
        .collect();
    let widest = titles.iter().map(|title| width(title)).max().unwrap_or_default();
    let mut drawn = String::new();
    let mut between = Vec::new();
    for (at, title) in titles.iter().enumerate() {
        let here: Vec<String> = environments
            .iter()
            .filter(|status| status.place == Some(at))
            .map(|status| visible::line(&status.environment.name))
            .collect();
        if here.is_empty() {
            between.push(title);
            continue;
        }
        draw_between(&mut drawn, &between);
        between.clear();
        let blanks = " ".repeat(widest - width(title));
        let _ = writeln!(drawn, "  ● {}{blanks}  {}", bold(title), here.join(", "));
    }
    if drawn.is_empty() { drawn } else { format!("\n{drawn}") }
}

fn draw_between(drawn: &mut String, titles: &[&String]) {
    if titles.len() > MOST_BETWEEN {
        let _ = writeln!(drawn, "  │ {}", dim(&format!("{} releases", titles.len())));
        return;
    }
    for title in titles {
        let _ = writeln!(drawn, "  │ {}", dim(title));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::delivery::declared::Environment;
    use crate::delivery::image::Image;
    use crate::git::CommitInfo;

    fn deployment(tag: &str) -> Deployment {
        let [id, author, email, date, summary] = [""; 5].map(str::to_owned);
        let image = Image { tag: Some(tag.to_owned()), ..Image::default() };
        Deployment {
            image: Some(image),
            by: CommitInfo { id, author, email, date, summary },
            blob: None,
            base: None,
        }
    }

    fn drawn(behind: &[(&str, Option<usize>)], tags: &[&str]) -> String {
        let environments: Vec<Environment> = behind
            .iter()
            .map(|(name, _)| Environment {
                name: (*name).to_owned(),
                image_file: String::new(),
                base: None,
                promoted: vec![],
                manifests: vec![],
            })
            .collect();
        let statuses: Vec<EnvironmentStatus> = environments
            .iter()
            .zip(behind)
            .map(|(environment, (_, behind))| EnvironmentStatus {
                unpromoted: Vec::new(),
                environment,
                deployment: None,
                place: *behind,
                behind: *behind,
            })
            .collect();
        let releases: Vec<Deployment> = tags.iter().map(|tag| deployment(tag)).collect();
        let drawn = draw(&statuses, &releases);
        drawn.chars().filter(|found| !('\u{fdd0}'..='\u{fdef}').contains(found)).collect()
    }

    #[test]
    fn environments_stand_beside_their_releases() {
        let environments = [("dev", Some(0)), ("test", Some(2)), ("live", Some(2)), ("new", None)];
        assert_eq!(
            drawn(&environments, &["1.10.0", "1.9.0", "1.8.0"]),
            "\n  ● 1.10.0  dev\n  │ 1.9.0\n  ● 1.8.0   test, live\n"
        );
        assert_eq!(
            drawn(&[("dev", Some(0)), ("live", Some(5))], &["6", "5", "4", "3", "2", "1"]),
            "\n  ● 6  dev\n  │ 4 releases\n  ● 1  live\n"
        );
        assert_eq!(drawn(&[("dev", None)], &[]), "");
    }
}
