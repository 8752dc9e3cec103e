//! What holds for every policy and every history: the steps lead there, and none is too many.

use proptest::prelude::*;

use super::life::Life;
use crate::domain::gate::facts::Facts;

const GATES: usize = 4;

/// What a gate asks for, as a piece of YAML.
fn any_gate(number: usize) -> impl Strategy<Value = String> {
    let severity = prop::sample::select(vec!["blocking", "blocking", "absolute", "advisory"]);
    let checks = prop::sample::select(vec![
        "a: { run: x }",
        "a: { run: x }, b: { run: x, evidence: { plan: p.md } }",
        "a: { run: x }, m: { manual: look }",
        "m: { manual: look, only: [staging] }",
        "m: { manual: look }, n: { manual: look, only: [staging, production] }",
        "a: { run: x, only: [staging] }, b: { run: x }",
        "a: { run: x, only: [staging, production] }, m: { manual: look }",
    ]);
    let more = prop::sample::select(vec![
        "",
        "",
        "evidence: [plan], ",
        "evidence: [plan, photo], ",
        "approvals: { from: [qa] }, ",
        "approvals: { minimum: 2, from: [\"user:bob\", qa] }, evidence: [plan], ",
        "approvals: { from: [\"team:ops\"], prevent-self-approval: true }, ",
    ]);
    let requires = prop::collection::vec(any::<bool>(), number);
    (severity, checks, more, requires).prop_map(move |(severity, checks, more, requires)| {
        let before = requires.iter().enumerate().filter(|(_, is_required)| **is_required);
        let before: Vec<String> = before.map(|(gate, _)| format!("g{gate}")).collect();
        let requires = match before.is_empty() {
            true => String::new(),
            false => format!("requires: [{}], ", before.join(", ")),
        };
        let tolerate = if severity == "advisory" { "tolerate: 1, " } else { "" };
        format!(
            "  g{number}: {{ severity: {severity}, {tolerate}{more}{requires}checks: {{ {checks} }} }}\n"
        )
    })
}

fn any_policy() -> impl Strategy<Value = String> {
    let gates: Vec<_> = (0..GATES).map(any_gate).collect();
    let environment = prop::sample::select(vec![
        "gates: [g3]",
        "gates: [g1, g3], after: [staging]",
        "gates: [g0, g2, g3], after: [staging], approvals: { from: [\"user:bob\", \"user:carl\", qa], minimum: 2 }",
        "gates: [g2], approvals: { from: [\"team:ops\"], prevent-self-approval: true }",
    ]);
    (gates, environment).prop_map(|(gates, production)| {
        format!(
            "gates:\n{}environments:\n  staging: {{ gates: [g0, g1] }}\n  production: {{ {production} }}\n\
             waivers: {{ from: [\"user:mia\"] }}\n",
            gates.concat()
        )
    })
}

/// Something that happens; a command that the policy has no place for is left out.
fn any_line() -> impl Strategy<Value = String> {
    let gate = || 0..GATES;
    prop_oneof![
        3 => (gate(), any::<bool>()).prop_map(|(gate, there)| {
            format!("run g{gate}{}", if there { " --environment staging" } else { "" })
        }),
        2 => (gate(), gate(), prop::sample::select(vec!["a", "b"]))
            .prop_map(|(gate, bad, check)| format!("run g{gate} but g{bad}/{check}")),
        2 => (gate(), prop::sample::select(vec!["m", "n"]), prop::sample::select(vec![
            "passed", "failed", "passed --environment staging", "failed --environment staging",
        ])).prop_map(|(gate, check, result)| format!("sign-off g{gate}/{check} --by x --result {result}")),
        1 => gate().prop_map(|gate| format!("evidence add plan FILE --gate g{gate}")),
        1 => Just("evidence add plan FILE".to_owned()),
        2 => (gate(), prop::sample::select(vec![
            "bob", "quinn --role qa", "NAME", "quinn --role qa --reject", "eve --reject",
        ])).prop_map(|(gate, by)| format!("approve g{gate} --by {by}")),
        2 => prop::sample::select(vec!["bob", "carl", "quinn --role qa", "bob --reject", "eve"])
            .prop_map(|by| format!("approve production --by {by}")),
        1 => prop::sample::select(vec!["passed", "failed"])
            .prop_map(|status| format!("deployed staging --status {status} --by x")),
        1 => gate().prop_map(|gate| format!("waive g{gate} --by mia")),
    ]
}

/// Whether the policy has a place for what a command is about.
fn fits(life: &Life, line: &str) -> bool {
    let words: Vec<&str> = line.split(' ').collect();
    match words[0] {
        "sign-off" => life.policy.check(&words[1].parse().unwrap()).is_some(),
        "approve" => match life.policy.gate(&words[1].parse().unwrap()) {
            Some(gate) => gate.approvals.is_some(),
            None => life.policy.environments[1].approvals.is_some(),
        },
        _ => true,
    }
}

fn lived(policy: &str, lines: &[String]) -> Life {
    let mut life = Life::new(policy);
    for line in lines {
        if fits(&life, line) {
            life.does(line);
        }
    }
    life
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_steps_lead_there_and_none_can_be_left_out(
        policy in any_policy(), lines in prop::collection::vec(any_line(), 0..8),
    ) {
        let mut life = lived(&policy, &lines);
        let way = life.way("production");
        prop_assert_eq!(&way.dead_end, &None);
        let was_eligible = life.is_eligible("production");
        prop_assert_eq!(way.eligible, was_eligible);
        prop_assert_eq!(way.blockers.is_empty(), was_eligible);
        let commands: Vec<String> = way.steps.iter().map(|step| step.command()).collect();
        let (last, steps) = commands.split_last().unwrap();
        prop_assert_eq!(last, "tollgate promote production");
        prop_assert_eq!(steps.is_empty(), was_eligible);
        let before: Facts = life.facts.clone();
        for left_out in 0..steps.len() {
            life.facts = before.clone();
            let others = steps.iter().enumerate().filter(|(number, _)| *number != left_out);
            others.for_each(|(_, command)| life.does(command));
            prop_assert!(
                !life.is_eligible("production"),
                "{} is too many of {steps:?}\n{}", steps[left_out], life.yaml
            );
        }
        life.facts = before;
        steps.iter().for_each(|command| life.does(command));
        prop_assert!(life.is_eligible("production"), "{steps:?} do not lead there\n{}", life.yaml);
    }

    #[test]
    fn a_waiver_that_is_proposed_opens_its_gate(
        policy in any_policy(), lines in prop::collection::vec(any_line(), 0..8),
    ) {
        let mut life = lived(&policy, &lines);
        for waive in life.way("production").alternatives {
            let before = life.facts.clone();
            life.does(&waive.command());
            let status = life.verdict().status_of(&waive.gate);
            prop_assert!(status.lets_through(), "{} leaves it {status}", waive.command());
            life.facts = before;
        }
    }
}
