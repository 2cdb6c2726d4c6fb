//! The cycles of a graph: what `inclusion` must not be.

/// One step of a cycle: the name at `from`, and which of its inclusions is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) from: usize,
    pub(super) inclusion: usize,
}

/// The cycles in `graph`, which says what each name includes; each reported once, with the steps that lead around it.
///
/// A walk in depth meets a name that it is still inside of exactly at the inclusion that closes a
/// cycle: the last step of each. Without those steps there is no cycle.
pub(super) fn cycles(graph: &[Vec<usize>]) -> Vec<Vec<Step>> {
    let mut cycles = Vec::new();
    let mut states = vec![State::New; graph.len()];
    for start in 0..graph.len() {
        // The walk keeps its own stack: a chain of thousands of names must not end the compiler.
        let mut path: Vec<Step> = Vec::new();
        let mut next = (states.get(start) == Some(&State::New)).then_some(start);
        loop {
            if let Some(name) = next.take() {
                set(&mut states, name, State::Inside);
                path.push(Step { from: name, inclusion: 0 });
            }
            let Some(step) = path.last_mut() else { break };
            let next_name = graph.get(step.from).and_then(|all| all.get(step.inclusion)).copied();
            let Some(met) = next_name else {
                set(&mut states, step.from, State::Done);
                path.pop();
                if let Some(step) = path.last_mut() {
                    step.inclusion += 1;
                }
                continue;
            };
            match states.get(met) {
                Some(State::New) => next = Some(met),
                Some(State::Inside) => {
                    cycles.push(path.iter().skip_while(|s| s.from != met).copied().collect());
                    if let Some(step) = path.last_mut() {
                        step.inclusion += 1;
                    }
                }
                Some(State::Done) | None => step.inclusion += 1,
            }
        }
    }
    cycles
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    New,
    Inside,
    Done,
}

fn set(states: &mut [State], name: usize, state: State) {
    if let Some(place) = states.get_mut(name) {
        *place = state;
    }
}

#[cfg(test)]
mod tests {
    use super::cycles;

    fn found(includes: &[&[usize]]) -> Vec<Vec<usize>> {
        let includes: Vec<Vec<usize>> = includes.iter().map(|all| all.to_vec()).collect();
        cycles(&includes).iter().map(|cycle| cycle.iter().map(|step| step.from).collect()).collect()
    }

    #[test]
    fn a_tree_and_a_diamond_have_none() {
        assert!(found(&[]).is_empty());
        assert!(found(&[&[1, 2], &[3], &[3], &[]]).is_empty());
    }

    #[test]
    fn each_cycle_is_reported_once() {
        assert_eq!(found(&[&[0]]), [[0]]);
        assert_eq!(found(&[&[1], &[0]]), [[0, 1]]);
        // The way into a cycle is no part of it.
        assert_eq!(found(&[&[1], &[2], &[1]]), [[1, 2]]);
        assert_eq!(found(&[&[1], &[0], &[3], &[2, 0]]), [[0, 1], [2, 3]]);
    }

    #[test]
    fn the_last_step_closes_the_cycle() {
        let cycles = cycles(&[vec![1], vec![2, 0], vec![]]);
        let last = cycles.first().unwrap().last().unwrap();
        assert_eq!((last.from, last.inclusion), (1, 1));
    }

    #[test]
    fn a_long_chain_needs_no_deep_stack() {
        let count = 60_000;
        let chain: Vec<Vec<usize>> = (1..=count).map(|next| vec![next % count]).collect();
        assert_eq!(cycles(&chain).len(), 1);
    }
}
