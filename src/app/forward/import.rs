//! `tollgate ledger import` where a spool is brought, or where a server is to have the events.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use super::plan::Plan;
use super::send::{Sent, Way};
use crate::app::failure::Failure;
use crate::app::recording::unwritable;
use crate::app::run::stop::Stop;
use crate::domain::record::event::Event;
use crate::ledger::pack::{Entry, Imported, PackReader};
use crate::settings::{ServerAddress, Settings};
use crate::store::Spool;
use crate::store::spool::SpoolError;

/// The spools of a folder, read whole before anything is done with them.
#[derive(Debug)]
pub struct Spooled(Vec<(Spool, Vec<Event>)>);

impl Spooled {
    /// The events in their order.
    pub fn events(&self) -> impl Iterator<Item = &Event> {
        self.0.iter().flat_map(|(_, events)| events)
    }

    /// Takes out what was acknowledged.
    fn take_out(&self, keys: &BTreeSet<String>) -> Result<(), Failure> {
        for (spool, _) in &self.0 {
            spool.take_out(keys).map_err(failure)?;
        }
        Ok(())
    }
}

/// Reads the spools of a folder.
///
/// # Errors
/// When it cannot be read, holds none, or a line of one is no event.
pub fn spool_of(folder: &Path) -> Result<Spooled, Failure> {
    let spools = Spool::all_in(folder).map_err(|error| Failure::usage(error.to_string()))?;
    if spools.is_empty() {
        let message = format!("there is no spool in {}", folder.display());
        return Err(Failure::usage(message).hint("a spool is a *.jsonl file of envelopes"));
    }
    let read = spools.into_iter().map(|spool| {
        let events = spool.read().map_err(failure)?;
        Ok((spool, events))
    });
    read.collect::<Result<_, _>>().map(Spooled)
}

/// Sends the events of a pack or of a folder of spools to a server, each once. What it has leaves
/// the spool.
///
/// # Errors
/// What cannot be read or does not hold, of which nothing is sent then; a server that is away, or
/// does not take all of it.
pub async fn import(
    settings: &Settings,
    server: &ServerAddress,
    path: &Path,
) -> Result<Imported, Failure> {
    let place = settings.working_directory.join(path);
    let spooled = match place.is_dir() {
        true => Some(spool_of(&place)?),
        false => None,
    };
    let events: Vec<Event> = match &spooled {
        Some(spooled) => spooled.events().cloned().collect(),
        None => of_pack(&place, path)?,
    };
    let unreachable = |why: String| Failure::unreachable(format!("{server}: {why}"));
    let way = Way::to(server, settings).map_err(unreachable)?;
    let releases = by_release(&events);
    let mut all = Sent::default();
    for events in releases.values() {
        let plan = Plan::of(events, events, way.role());
        let sent = way.send(&plan, &Stop::new()).await;
        all.new += sent.new;
        all.taken.extend(sent.taken);
        all.known.extend(sent.known);
        all.refused.extend(sent.refused);
        all.ended = sent.ended;
        if all.ended.is_some() {
            break;
        }
    }
    if let Some(spooled) = &spooled {
        spooled.take_out(&all.done())?;
    }
    complete(server, &events, &all)?;
    Ok(Imported {
        events: events.len() as u64,
        recorded: all.new,
        releases: releases.len() as u64,
    })
}

fn complete(server: &ServerAddress, events: &[Event], sent: &Sent) -> Result<(), Failure> {
    let has = format!(
        "{server} has {} of {} events",
        sent.taken.len(),
        events.len()
    );
    if let Some(why) = &sent.ended {
        return Err(Failure::unreachable(format!("{why}; {has}")).hint("import it again later"));
    }
    let refused = super::refusals(&server.to_string(), sent);
    match refused.is_empty() {
        true => Ok(()),
        false => Err(Failure::blocked(format!("{}; {has}", refused.join("; ")))),
    }
}

/// The events of a pack that holds.
fn of_pack(place: &Path, shown: &Path) -> Result<Vec<Event>, Failure> {
    let shown = shown.display();
    let file = File::open(place)
        .map_err(|error| Failure::usage(format!("the pack {shown} cannot be read: {error}")))?;
    let unsound =
        |error| Failure::unsound(format!("{shown}: {error}")).hint("nothing of it was sent");
    let mut reader = PackReader::start(BufReader::new(file)).map_err(unsound)?;
    let mut events = Vec::new();
    while let Some(entry) = reader.next_entry().map_err(unsound)? {
        if let Entry::Link(link) = entry {
            events.push(link.event);
        }
    }
    reader.summary().map_err(unsound)?;
    Ok(events)
}

fn by_release(events: &[Event]) -> BTreeMap<String, Vec<Event>> {
    let mut releases: BTreeMap<String, Vec<Event>> = BTreeMap::new();
    for event in events {
        let of = releases.entry(event.release_id.to_string()).or_default();
        of.push(event.clone());
    }
    releases
}

fn failure(error: SpoolError) -> Failure {
    match error {
        SpoolError::Store(error) => unwritable(error),
        line => Failure::unsound(line.to_string()).hint("nothing of it was imported"),
    }
}
