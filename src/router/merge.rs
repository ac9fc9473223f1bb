//! Brings a draft up to rules that somebody else published meanwhile.
use super::difference::pairs;
use super::rules::Rules;

/// A draft on new ground, and what both had changed, where the draft's own is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Merged {
    pub rules: Rules,
    pub both: Vec<String>,
}

/// What only the others changed is taken over; what the draft changed stays.
pub fn merge(base: &Rules, mine: &Rules, theirs: &Rules) -> Merged {
    let mut both = Vec::new();
    let rules = Rules {
        regions: choose("the regions", &base.regions, &mine.regions, &theirs.regions, &mut both),
        duty_manager: choose(
            "the duty manager",
            &base.duty_manager,
            &mine.duty_manager,
            &theirs.duty_manager,
            &mut both,
        ),
        calendars: items("calendar", [&base.calendars, &mine.calendars, &theirs.calendars], |c| &c.name, &mut both),
        cacs: items("CAC", [&base.cacs, &mine.cacs, &theirs.cacs], |c| &c.code, &mut both),
        queues: items("queue", [&base.queues, &mine.queues, &theirs.queues], |q| &q.slug, &mut both),
    };
    Merged { rules: rules.canonical(), both }
}

fn choose<T: PartialEq + Clone>(what: &str, base: &T, mine: &T, theirs: &T, both: &mut Vec<String>) -> T {
    if mine == base || mine == theirs {
        return theirs.clone();
    }
    if theirs != base {
        both.push(what.to_owned());
    }
    mine.clone()
}

fn items<T: PartialEq + Clone>(
    what: &str,
    [base, mine, theirs]: [&Vec<T>; 3],
    name: fn(&T) -> &String,
    both: &mut Vec<String>,
) -> Vec<T> {
    let merged = pairs(mine, theirs, name).into_iter().filter_map(|(own, mine, theirs)| {
        let base = base.iter().find(|item| name(item) == own);
        choose(&format!("{what} {own}"), &base, &mine, &theirs, both).cloned()
    });
    merged.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_who_change_different_things_both_get_their_way() {
        let base = Rules::standard().unwrap().canonical();
        let (mut mine, mut theirs) = (base.clone(), base.clone());
        mine.queues.retain(|queue| queue.slug != "emea-storage");
        theirs.duty_manager = "night".into();
        theirs.queues.retain(|queue| queue.slug != "apac-os");

        let merged = merge(&base, &mine, &theirs);

        assert_eq!(merged.both, Vec::<String>::new());
        assert_eq!(merged.rules.duty_manager, "night");
        let slugs: Vec<_> = merged.rules.queues.iter().map(|queue| queue.slug.as_str()).collect();
        assert!(!slugs.contains(&"emea-storage") && !slugs.contains(&"apac-os"), "{slugs:?}");
        assert_eq!(slugs.len(), base.queues.len() - 2);
    }

    #[test]
    fn what_both_changed_is_named_and_the_drafts_own_is_kept() {
        let base = Rules::standard().unwrap().canonical();
        let (mut mine, mut theirs) = (base.clone(), base.clone());
        mine.queues[0].subjects = vec!["mine".into()];
        theirs.queues[0].subjects = vec!["theirs".into()];

        let merged = merge(&base, &mine, &theirs);

        assert_eq!(merged.both, [format!("queue {}", base.queues[0].slug)]);
        assert_eq!(merged.rules.queues[0].subjects, ["mine"]);
        assert_eq!(merge(&base, &base, &theirs).rules, theirs);
        assert_eq!(merge(&base, &mine, &base).rules, mine);
    }
}
