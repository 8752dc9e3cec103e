//! `storage` as YAML.

use super::{field, list};
use crate::domain::check::StorageRule;
use crate::policy::emit::Yaml;

/// The rule.
pub(super) fn rule(rule: &StorageRule) -> Yaml {
    let mut fields = vec![field("url-from", Yaml::text(&rule.url_from))];
    let names: Vec<String> = rule.buckets.iter().map(|it| it.name.clone()).collect();
    list("buckets", &names, &mut fields);
    let with_objects = rule.buckets.iter().filter(|it| !it.objects.is_empty());
    let objects = with_objects.map(|it| field(&it.name, Yaml::List(it.objects.clone())));
    let objects: Vec<_> = objects.collect();
    if !objects.is_empty() {
        fields.push(field("objects", Yaml::Map(objects)));
    }
    Yaml::Map(fields)
}
