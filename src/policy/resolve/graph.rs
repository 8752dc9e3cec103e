//! Cycles in who waits for whom.

/// Finds cycles, each as the numbers of its members in the order in which they wait for one
/// another; no member stands in two of them. `edges[n]` are the numbers that `n` waits for.
pub(super) fn cycles(edges: &[Vec<usize>]) -> Vec<Vec<usize>> {
    let open = unplaced(edges);
    let mut seen = vec![false; edges.len()];
    let mut found = Vec::new();
    for start in 0..edges.len() {
        let mut walk: Vec<usize> = Vec::new();
        let mut next = open[start].then_some(start);
        while let Some(at) = next.filter(|at| !seen[*at]) {
            seen[at] = true;
            walk.push(at);
            next = edges[at].iter().copied().find(|to| open[*to]);
        }
        if let Some(first) = next
            && let Some(begin) = walk.iter().position(|at| *at == first)
        {
            found.push(walk.split_off(begin));
        }
    }
    found
}

/// Tells for each number whether it waits, through whatever others, for a cycle.
fn unplaced(edges: &[Vec<usize>]) -> Vec<bool> {
    let mut waiting: Vec<usize> = edges.iter().map(Vec::len).collect();
    let mut behind = vec![Vec::new(); edges.len()];
    for (from, to) in edges.iter().enumerate() {
        to.iter().for_each(|to| behind[*to].push(from));
    }
    let mut ready: Vec<usize> = (0..edges.len()).filter(|at| waiting[*at] == 0).collect();
    while let Some(at) = ready.pop() {
        for &next in &behind[at] {
            waiting[next] -= 1;
            if waiting[next] == 0 {
                ready.push(next);
            }
        }
    }
    waiting.iter().map(|left| *left > 0).collect()
}

/// Everything that `start` waits for, through whatever others.
pub(super) fn reached(edges: &[Vec<usize>], start: usize) -> Vec<bool> {
    let mut reached = vec![false; edges.len()];
    let mut open = edges[start].clone();
    while let Some(at) = open.pop() {
        if !reached[at] {
            reached[at] = true;
            open.extend(&edges[at]);
        }
    }
    reached
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cycles_are_found_once_each() {
        for (edges, expect) in [
            (vec![], vec![]),
            (vec![vec![], vec![0], vec![0, 1]], vec![]),
            (vec![vec![0]], vec![vec![0]]),
            (vec![vec![1], vec![2], vec![0]], vec![vec![0, 1, 2]]),
            (vec![vec![1], vec![2], vec![1]], vec![vec![1, 2]]),
            (
                vec![vec![1], vec![0], vec![3], vec![2], vec![0, 2]],
                vec![vec![0, 1], vec![2, 3]],
            ),
        ] {
            let edges: Vec<Vec<usize>> = edges;
            let expect: Vec<Vec<usize>> = expect;
            assert_eq!(cycles(&edges), expect, "{edges:?}");
        }
    }

    #[test]
    fn what_is_waited_for_is_reached_through_others() {
        let edges = vec![vec![], vec![0], vec![1], vec![]];
        assert_eq!(reached(&edges, 2), [true, true, false, false]);
    }
}
