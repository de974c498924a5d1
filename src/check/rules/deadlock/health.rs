//! The kinds whose health Argo CD checks. `tests/tables` generates `health.txt` from the checks of its release.

use std::collections::HashSet;
use std::sync::LazyLock;

const TEXT: &str = include_str!("health.txt");

static KINDS: LazyLock<Kinds> = LazyLock::new(|| {
    let lines = TEXT.lines().filter(|line| !line.starts_with('#'));
    let kinds = lines.filter_map(|line| line.split_once('/'));
    let (patterns, named): (_, Vec<_>) =
        kinds.partition(|(group, kind)| group.contains('*') || kind.contains('*'));
    Kinds { named: named.into_iter().collect(), patterns }
});

/// Pairs of group and kind.
struct Kinds {
    named: HashSet<(&'static str, &'static str)>,
    patterns: Vec<(&'static str, &'static str)>,
}

/// Whether Argo CD waits for objects of this kind.
pub(super) fn is_checked(group: &str, kind: &str) -> bool {
    let fits_both = |pattern: &(&str, &str)| fits(pattern.0, group) && fits(pattern.1, kind);
    KINDS.named.contains(&(group, kind)) || KINDS.patterns.iter().any(fits_both)
}

/// Whether `pattern`, which may begin with `*`, is `text`.
fn fits(pattern: &str, text: &str) -> bool {
    pattern.strip_prefix('*').map_or(pattern == text, |end| text.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_those_of_argo_cd() {
        for (group, kind, expected) in [
            ("external-secrets.io", "ExternalSecret", true),
            ("bitnami.com", "SealedSecret", true),
            ("batch", "CronJob", true),
            ("gateway.networking.k8s.io", "HTTPRoute", true),
            ("cert-manager.io", "Certificate", true),
            ("autoscaling", "HorizontalPodAutoscaler", true),
            ("", "PersistentVolumeClaim", true),
            ("s3.aws.crossplane.io", "Bucket", true),
            ("ec2.aws.upbound.io", "VPC", true),
            ("", "ConfigMap", false),
            ("", "Secret", false),
            ("tekton.dev", "PipelineRun", false),
            ("networking.k8s.io", "NetworkPolicy", false),
            ("rbac.authorization.k8s.io", "Role", false),
            ("example.com", "Certificate", false),
        ] {
            assert_eq!(is_checked(group, kind), expected, "{group}/{kind}");
        }
        let lines: Vec<_> = TEXT.lines().skip(1).collect();
        assert!(lines.is_sorted() && lines.len() > 200, "{}", lines.len());
    }
}
