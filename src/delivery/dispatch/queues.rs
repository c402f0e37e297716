//! The mails that wait for a connection, and whose turn it is among them. Pure but for the gate that is asked.
//!
//! They wait by mail group and edition, so that a provider that wants to be left alone holds nobody else up, nor an edition
//! that is spread over an hour the urgent one behind it; these queues take turns, single mails go first. Held to it by the
//! tests of [`super`].

use crate::base::Timestamp;
use crate::delivery::job::Job;
use crate::delivery::model::{Delivery, LeasedOutbox};
use crate::delivery::store::part;
use crate::editions::EditionId;
use std::collections::{HashMap, VecDeque};

/// Says whether a mail of this group and edition may go by a relay now, and if not when it is worth asking again.
pub(in crate::delivery) trait Gate {
    /// Taking counts: what is granted is used. Of the delivery's group so many are in connections' hands.
    fn pass(&self, delivery: &Delivery, in_hand: usize) -> Result<(), Timestamp>;
    /// For mails of no group.
    fn pass_single(&self) -> Result<(), Timestamp>;
}

#[derive(Default)]
pub(super) struct Queues {
    singles: VecDeque<LeasedOutbox>,
    queues: Vec<Queue>,
    /// Of each mail group so many are in connections' hands.
    in_hand_of: HashMap<String, usize>,
    /// The queue whose turn it is.
    turn: usize,
    waiting: usize,
}

struct Queue {
    group: String,
    edition: EditionId,
    jobs: VecDeque<Delivery>,
}

impl Queues {
    pub const fn len(&self) -> usize {
        self.waiting
    }

    pub fn push(&mut self, delivery: Delivery) {
        self.waiting += 1;
        self.queue_of(&delivery).push_back(delivery);
    }

    pub fn push_single(&mut self, mail: LeasedOutbox) {
        self.waiting += 1;
        self.singles.push_back(mail);
    }

    /// It is the next of its queue again.
    pub fn put_back(&mut self, job: Job) {
        self.waiting += 1;
        match job {
            Job::Delivery(delivery) => self.queue_of(&delivery).push_front(delivery),
            Job::Outbox(mail) => self.singles.push_front(mail),
        }
    }

    fn queue_of(&mut self, delivery: &Delivery) -> &mut VecDeque<Delivery> {
        let is_it = |queue: &Queue| queue.edition == delivery.edition_id && queue.group == delivery.mail_group;
        let at = self.queues.iter().position(is_it).unwrap_or_else(|| {
            // Those of editions that have gone out.
            self.queues.retain(|queue| !queue.jobs.is_empty());
            let (group, edition) = (delivery.mail_group.clone(), delivery.edition_id);
            self.queues.push(Queue { group, edition, jobs: VecDeque::new() });
            self.queues.len() - 1
        });
        &mut self.queues[at].jobs
    }

    /// The next that may go; else when to ask again, if there is anything at all.
    pub fn pop(&mut self, gate: &impl Gate) -> Result<Option<Job>, Timestamp> {
        let mut again: Option<Timestamp> = None;
        let mut not_before = |at: Timestamp| again = Some(again.map_or(at, |earlier| earlier.min(at)));
        if !self.singles.is_empty() {
            match gate.pass_single() {
                Ok(()) => {
                    self.waiting -= 1;
                    return Ok(self.singles.pop_front().map(Job::Outbox));
                }
                Err(at) => not_before(at),
            }
        }
        let queues = self.queues.len();
        for step in 0..queues {
            let at = (self.turn + step) % queues;
            let Some(queue) = self.queues.get_mut(at) else { continue };
            let Some(first) = queue.jobs.front() else { continue };
            let in_hand = self.in_hand_of.get(&queue.group).copied().unwrap_or_default();
            match gate.pass(first, in_hand) {
                Ok(()) => {
                    self.turn = at + 1;
                    self.waiting -= 1;
                    match self.in_hand_of.get_mut(&queue.group) {
                        Some(in_hand) => *in_hand += 1,
                        None => drop(self.in_hand_of.insert(queue.group.clone(), 1)),
                    }
                    return Ok(queue.jobs.pop_front().map(Job::Delivery));
                }
                Err(at) => not_before(at),
            }
        }
        again.map_or(Ok(None), Err)
    }

    /// A job that [`Queues::pop`] gave is in nobody's hands any more.
    pub fn done_with(&mut self, job: &Job) {
        if let Job::Delivery(delivery) = job
            && let Some(in_hand) = self.in_hand_of.get_mut(&delivery.mail_group)
        {
            *in_hand -= 1;
        }
    }

    /// The groups' parts of editions of which this many and more wait.
    pub fn full_parts(&self, at: usize) -> Vec<String> {
        self.queues.iter().filter(|it| it.jobs.len() >= at).map(|it| part(it.edition, &it.group)).collect()
    }

    pub fn withdraw(&mut self, is_wanted: impl Fn(&Delivery) -> bool) -> Vec<i64> {
        let mut withdrawn = Vec::new();
        for queue in &mut self.queues {
            queue.jobs.retain(|delivery| {
                let goes = is_wanted(delivery);
                if goes {
                    withdrawn.push(delivery.id.0);
                }
                !goes
            });
        }
        self.waiting -= withdrawn.len();
        withdrawn
    }

    pub fn drop_singles(&mut self) -> usize {
        let dropped = std::mem::take(&mut self.singles).len();
        self.waiting -= dropped;
        dropped
    }
}
