//! A session's state as bytes, and back.
//!
//! The bytes carry the version of their form, and for each rule a hash of its content: after a pack has changed, the state of unchanged rules lives on, and what is dropped is
//! told. A digest at the end finds bytes that were cut off or changed.

use std::fmt;

use sha2::{Digest, Sha256};

use crate::bytes::{Reader, Writer};
use crate::engine::Engine;
use crate::operator::RuleState;
use crate::session::Session;
use crate::states::States;

/// What the bytes start with.
const MAGIC: &[u8; 8] = b"sigil st";
/// The version of their form.
const VERSION: u32 = 2;
/// How many bytes of the digest are kept.
const DIGEST: usize = 16;

/// What became of a snapshot.
#[derive(Debug)]
pub struct Restored {
    /// A session that goes on where the snapshot was taken.
    pub session: Session,
    /// How many stateful rules have the state of the snapshot.
    pub kept: usize,
    /// Titles of rules whose state was dropped: they are no more, or their content changed.
    pub dropped: Vec<String>,
}

/// Why bytes cannot be taken up.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct RestoreError {
    kind: ErrorKind,
}

#[derive(Debug, thiserror::Error)]
enum ErrorKind {
    #[error("these bytes are not the state of a session")]
    Foreign,
    #[error("the state has form {0}, which this version does not read (it reads form {VERSION})")]
    Version(u32),
    #[error("the state is cut off or damaged")]
    Damaged,
    #[error("the state of the rule `{0}` is damaged")]
    Rule(String),
}

impl Session {
    /// The state of all stateful rules as bytes: [`Engine::restore`] goes on from there.
    pub fn snapshot(&self) -> Vec<u8> {
        let mut out = Writer::default();
        out.raw(MAGIC);
        out.u32(VERSION);
        self.states().write(self.linked(), &mut out);
        out.u64(self.next_number());
        let mut bytes = out.finish();
        let digest = Sha256::digest(&bytes);
        bytes.extend(digest.iter().take(DIGEST));
        bytes
    }
}

impl Engine {
    /// A session that goes on from a snapshot.
    ///
    /// # Errors
    /// When the bytes are no snapshot, are damaged, or have a form that this version does not read.
    pub fn restore(&self, bytes: &[u8]) -> Result<Restored, RestoreError> {
        let error = |kind| RestoreError { kind };
        let (content, digest) = bytes
            .len()
            .checked_sub(DIGEST)
            .and_then(|end| bytes.split_at_checked(end))
            .ok_or(error(ErrorKind::Foreign))?;
        let Some(rest) = content.strip_prefix(MAGIC) else { return Err(error(ErrorKind::Foreign)) };
        let mut reader = Reader::new(rest);
        let version = reader.u32().map_err(|_| error(ErrorKind::Damaged))?;
        if version != VERSION {
            return Err(error(ErrorKind::Version(version)));
        }
        if !Sha256::digest(content).iter().zip(digest).all(|(a, b)| a == b) {
            return Err(error(ErrorKind::Damaged));
        }
        let mut session = self.session();
        let (kept, dropped) = session.restore_states(&mut reader).map_err(|rule| {
            error(match rule {
                Some(rule) => ErrorKind::Rule(rule),
                None => ErrorKind::Damaged,
            })
        })?;
        let number = reader.u64().and_then(|number| reader.end().map(|()| number));
        session.number_events_from(number.map_err(|_| error(ErrorKind::Damaged))?);
        Ok(Restored { session, kept, dropped })
    }
}

impl States {
    fn write(&self, linked: &crate::engine::Linked, out: &mut Writer) {
        out.u8(u8::from(self.watermark().is_some()));
        out.i64(self.watermark().unwrap_or(0));
        out.size(self.iter().len());
        for ((rule, operation, state), depths) in self.iter().zip(self.depths()) {
            let title = linked.rule(rule).map(|(rule, _)| rule.info.title.as_ref()).unwrap_or_default();
            out.u64(operation.form());
            out.text(title);
            let mut own = Writer::default();
            state.write(&mut own);
            own.size(depths.len());
            for (tick, depth) in depths {
                own.i64(*tick);
                own.u8(*depth);
            }
            out.bytes(&own.finish());
        }
    }

    /// Takes up states by the hashes of their rules; tells how many, and the titles of those that were dropped.
    pub(crate) fn read(&mut self, bytes: &mut Reader<'_>) -> Result<(usize, Vec<String>), Option<String>> {
        let has_watermark = bytes.u8().map_err(|_| None)? == 1;
        let watermark = bytes.i64().map_err(|_| None)?;
        let count = bytes.count(10).map_err(|_| None)?;
        let (mut kept, mut dropped) = (0, Vec::new());
        let mut taken = vec![false; self.iter().len()];
        for _ in 0..count {
            let hash = bytes.u64().map_err(|_| None)?;
            let title = bytes.text().map_err(|_| None)?.to_owned();
            let own = bytes.bytes().map_err(|_| None)?;
            let fits = |(at, (_, operation, _)): &(usize, (u32, &crate::operator::Operation, &RuleState))| {
                operation.form() == hash && taken.get(*at) == Some(&false)
            };
            let Some(at) = self.iter().enumerate().find(fits).map(|(at, _)| at) else {
                dropped.push(title);
                continue;
            };
            taken.get_mut(at).into_iter().for_each(|taken| *taken = true);
            let mut reader = Reader::new(own);
            let read = self.read_one(at, &mut reader).and_then(|()| reader.end());
            read.map_err(|_| Some(title))?;
            kept += 1;
        }
        self.resume(has_watermark.then_some(watermark));
        Ok((kept, dropped))
    }
}

impl fmt::Display for Restored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "state of {} rules taken up", self.kept)?;
        if !self.dropped.is_empty() {
            write!(f, ", of {} dropped", self.dropped.len())?;
        }
        Ok(())
    }
}
