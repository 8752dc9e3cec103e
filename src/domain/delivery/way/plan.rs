//! The plan: what to do next, again and again, until the way is open.

use super::lacks::{self, Lacks};
use super::merge;
use super::step::{AddEvidence, Approvable, Approve, Run, Step, listed};
use super::world::World;
use crate::domain::delivery::approval::ApprovalVerdict;
use crate::domain::delivery::environment::ApprovalRule;
use crate::domain::gate::Gate;
use crate::domain::gate::verdict::{GateVerdict, Verdict};
use crate::domain::ids::{EnvironmentId, GateId};
use crate::domain::pipeline;
use crate::domain::status::GateStatus;

/// More steps than this no policy needs.
const MOST_STEPS: usize = 200;

/// What is done where both can be done: the same again, as long as there is any, so that several
/// runs are one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    /// What a command does alone.
    Runs,
    /// What people do.
    People,
}

/// What somebody can do, and whether that opens the way in the end.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Plan {
    pub(super) steps: Vec<Step>,
    /// Why nothing that anybody could do opens it.
    pub(super) dead_end: Option<String>,
}

impl Plan {
    /// Makes the plan in a world; empty when the way is open in it.
    pub(super) fn make(world: &World<'_>, first: Turn) -> Self {
        let needed = pipeline::with_required(&world.policy, &world.environment.gates);
        let mut planner = Planner {
            needed: needed.into_iter().map(|gate| gate.id.clone()).collect(),
            turn: first,
            world: world.clone(),
        };
        let (steps, dead_end) = planner.steps();
        Self {
            steps: merge::merged(steps, world),
            dead_end,
        }
    }
}

struct Planner<'p> {
    /// The gates that the environment asks for, with all that they require, in order.
    needed: Vec<GateId>,
    turn: Turn,
    world: World<'p>,
}

type Open<'v> = (Gate, &'v GateVerdict);

impl Planner<'_> {
    fn steps(&mut self) -> (Vec<Step>, Option<String>) {
        let mut steps = Vec::new();
        while steps.len() < MOST_STEPS {
            let verdict = self.world.verdict();
            if self.world.is_open(&verdict) {
                return (steps, None);
            }
            let open = self.gates(&verdict, |it| it != GateStatus::Blocked);
            let Some(step) = self.next(&open, &verdict) else {
                return (steps, Some(self.dead_end(&open, &verdict)));
            };
            self.turn = match step.is_run() {
                true => Turn::Runs,
                false => Turn::People,
            };
            self.world.carry_out(&step);
            steps.push(step);
        }
        (steps, Some("no number of steps opens the way".to_owned()))
    }

    /// The gates that let nothing through and have such a status.
    fn gates<'v>(&self, verdict: &'v Verdict, is: fn(GateStatus) -> bool) -> Vec<Open<'v>> {
        let judged = self.needed.iter().filter_map(|id| verdict.gate(id));
        let shut = judged.filter(|it| !it.status.lets_through() && is(it.status));
        shut.filter_map(|judged| Some((self.world.policy.gate(&judged.id)?.clone(), judged)))
            .collect()
    }

    fn next(&self, open: &[Open<'_>], verdict: &Verdict) -> Option<Step> {
        let mut acts: Vec<Step> = Vec::new();
        for (gate, judged) in open {
            acts.extend(self.acts(gate, judged, verdict));
        }
        // Evidence knows no order.
        for (gate, judged) in self.gates(verdict, |it| it == GateStatus::Blocked) {
            acts.extend(self.evidence(&Lacks::of(&gate, judged, verdict), verdict));
        }
        self.choose(&acts, verdict)
            .or_else(|| self.deploy(|_| true))
            .or_else(|| self.enter(verdict).filter(|_| open.is_empty()))
    }

    /// What is best done next: nothing in an environment before the release is there.
    fn choose(&self, acts: &[Step], verdict: &Verdict) -> Option<Step> {
        let is_in_time = |step: &&Step| !self.world.must_wait(step);
        let timely = || acts.iter().filter(is_in_time);
        let runs = || timely().find(|step| step.is_run()).cloned();
        let people = || timely().find(|step| !step.is_run()).cloned();
        let deploy = || self.deploy(|id| self.world.lets_deploy(id, verdict));
        match self.turn {
            Turn::Runs => runs().or_else(people).or_else(deploy),
            Turn::People => people().or_else(deploy).or_else(runs),
        }
    }

    /// What brings that which a gate lacks, each needed in whatever order it is done. Approvals come
    /// last: they are bound to the evidence that all else makes.
    fn acts(&self, gate: &Gate, judged: &GateVerdict, verdict: &Verdict) -> Vec<Step> {
        let lacks = Lacks::of(gate, judged, verdict);
        let mut steps: Vec<Step> = lacks.sign_offs().map(Step::SignOff).collect();
        steps.extend(self.evidence(&lacks, verdict));
        if !lacks.runs.is_empty() {
            steps.push(Step::Run(self.run(&lacks)));
        }
        if steps.is_empty() {
            let subject = Approvable::Gate(gate.id.clone());
            let rule = gate.approvals.as_ref().zip(judged.approvals.as_ref());
            steps.extend(rule.and_then(|(rule, stand)| self.decide(subject, rule, stand)));
        }
        steps
    }

    fn evidence(&self, lacks: &Lacks<'_>, verdict: &Verdict) -> impl Iterator<Item = Step> {
        lacks.evidence.iter().map(|kind| {
            let is_alone = self.lacks_alone(kind, verdict);
            Step::AddEvidence(AddEvidence {
                kind: kind.clone(),
                gate: is_alone.then(|| lacks.gate.id.clone()),
            })
        })
    }

    /// Whether evidence for one gate serves no other, now or later. Where another has such evidence
    /// already, bringing it for all would void what was approved there.
    fn lacks_alone(&self, kind: &str, verdict: &Verdict) -> bool {
        let gates = self
            .needed
            .iter()
            .filter_map(|id| self.world.policy.gate(id));
        let asking = gates.filter(|gate| gate.evidence.iter().any(|it| it == kind));
        let (lacking, having): (Vec<_>, Vec<_>) = asking.partition(|gate| {
            let judged = verdict.gate(&gate.id);
            judged.is_some_and(|judged| lacks::evidence(gate, judged, true).any(|it| it == kind))
        });
        lacking.len() == 1 || !having.is_empty()
    }

    fn run(&self, lacks: &Lacks<'_>) -> Run {
        let places = lacks.runs.iter().flat_map(|check| &check.only);
        let mut due = places.filter(|place| {
            let mut checks = lacks.runs.iter();
            checks.any(|check| {
                check.only.contains(place) && !self.world.passed_in(&lacks.gate.id, check, place)
            })
        });
        Run {
            gates: vec![lacks.gate.id.clone()],
            place: due.next().cloned(),
            mend: Vec::new(),
        }
    }

    /// A deployment that is due.
    fn deploy(&self, may: impl Fn(&EnvironmentId) -> bool) -> Option<Step> {
        let mut after = self.world.environment.after.iter();
        let due = after.find(|id| self.world.must_deploy(id) && may(id));
        due.map(|id| Step::Deploy(id.clone()))
    }

    /// The approval of the environment itself.
    fn enter(&self, verdict: &Verdict) -> Option<Step> {
        let environment = self.world.environment;
        let stand = verdict.environment(&environment.id)?.approvals.as_ref()?;
        let subject = Approvable::Environment(environment.id.clone());
        self.decide(subject, environment.approvals.as_ref()?, stand)
    }

    /// Lets somebody approve: whoever rejected first, for nobody else can lift that.
    fn decide(
        &self,
        subject: Approvable,
        rule: &ApprovalRule,
        stand: &ApprovalVerdict,
    ) -> Option<Step> {
        let veto = stand.rejecters().next().map(str::to_owned);
        let who = match &veto {
            Some(by) => self.world.rejecter(&subject, by),
            None => self.world.somebody(rule, stand)?,
        };
        Some(Step::Approve(Approve {
            subject,
            by: veto,
            role: who.role,
            rule: rule.clone(),
        }))
    }

    /// Why nothing is left to be done though the way is not open.
    fn dead_end(&self, open: &[Open<'_>], verdict: &Verdict) -> String {
        let environment = self.world.environment;
        let of_gates = open.iter().map(|(gate, judged)| {
            let rule = gate.approvals.as_ref();
            (gate.id.as_str(), rule, judged.approvals.as_ref())
        });
        let id = &environment.id;
        let judged = verdict.environment(id).and_then(|it| it.approvals.as_ref());
        let own = (id.as_str(), environment.approvals.as_ref(), judged);
        let lacking = of_gates.chain([own]).find_map(|(name, rule, stand)| {
            let is_open = stand?.reasons.is_empty();
            (!is_open).then_some((name, rule?))
        });
        match lacking {
            Some((name, rule)) => format!(
                "{name} asks for {} approvals, and nobody is left who may give one: the policy \
                 names {}",
                rule.minimum,
                listed(&rule.from)
            ),
            None => format!(
                "nothing that can be done opens {id}: see what it and its gates ask for in the \
                 policy"
            ),
        }
    }
}
