//! What names bring now and did not before.

use super::closure::Closure;

/// One sentence for each name that is new or gone, or that brings something else than before.
pub(super) fn sentences(before: &Closure<'_>, after: &Closure<'_>) -> Vec<String> {
    let mut sentences = Vec::new();
    for (number, kind, name) in after.iter() {
        let Some(old) = before.number(kind, name) else {
            sentences.push(format!("{kind} {name:?} is new"));
            continue;
        };
        let gained = brought(after, number, before, old);
        if !gained.is_empty() {
            sentences.push(format!("{kind} {name:?} now brings {}", gained.join(", ")));
        }
    }
    for (number, kind, name) in before.iter() {
        let Some(new) = after.number(kind, name) else {
            sentences.push(format!("{kind} {name:?} is gone"));
            continue;
        };
        let lost = brought(before, number, after, new);
        if !lost.is_empty() {
            sentences.push(format!("{kind} {name:?} no longer brings {}", lost.join(", ")));
        }
    }
    sentences
}

/// What a name brings here and does not bring there.
fn brought(here: &Closure<'_>, number: usize, there: &Closure<'_>, same: usize) -> Vec<String> {
    let names = here.brings(number).iter().filter_map(|it| here.name(it));
    let other = there.brings(same);
    let missing = names.filter(|(kind, name)| {
        !there.number(*kind, name).is_some_and(|number| other.contains(number))
    });
    missing.map(|(kind, name)| format!("{kind} {name:?}")).collect()
}
