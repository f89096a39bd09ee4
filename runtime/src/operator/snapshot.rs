//! State as bytes.
//!
//! Bytes that are no state of the rule give an error: never a panic, and never more memory than the bytes justify.

use super::found::AlertId;
use super::memory::Times;
use super::rows::Buffer;
use super::state::{Body, Counters, Limits, Row, RuleState};
use super::suppress::Suppressed;
use super::terms::History;
use super::{Operation, Work};
use crate::bytes::{ReadError, Reader, Writer};
use crate::table::expr::Warnings;
use crate::table::groups::GroupTable;
use crate::table::run::{Kept, Run};
use crate::table::value::Value;

impl RuleState {
    /// The state as bytes.
    pub fn write(&self, out: &mut Writer) {
        out.i64(self.closed);
        match &self.body {
            Body::Windows(windows) => {
                out.u8(0);
                out.size(windows.len());
                for (tick, run) in windows {
                    out.i64(*tick);
                    if let Kept::Groups(groups) = &run.kept {
                        groups.write(out);
                    }
                }
            }
            Body::Rows(buffer) => {
                out.u8(1);
                write_rows(out, buffer);
            }
            Body::Threshold(buffer, last) => {
                out.u8(2);
                write_rows(out, buffer);
                write_times(out, last);
            }
            Body::Terms(buffer, history) => {
                out.u8(3);
                write_rows(out, buffer);
                write_times(out, &history.seen);
            }
        }
        out.size(self.told.len());
        for (id, until) in &self.told {
            out.raw(&id.0);
            out.i64(*until);
        }
        write_times(out, &self.suppressed.until);
        write_counters(out, &self.counters);
    }

    /// The state of a rule that [`Self::write`] wrote.
    ///
    /// # Errors
    /// When the bytes are no state of this rule.
    pub fn read(operation: &Operation, limits: Limits, bytes: &mut Reader<'_>) -> Result<Self, ReadError> {
        let mut state = Self::new(operation, limits);
        state.closed = bytes.i64()?;
        let kind = bytes.u8()?;
        match (kind, &mut state.body, &operation.work) {
            (0, Body::Windows(windows), Work::Table(pipeline)) => {
                let stats = pipeline.first_stats().ok_or_else(ReadError::damaged)?;
                for _ in 0..bytes.count(9)? {
                    let tick = bytes.i64()?;
                    let groups = GroupTable::read(stats, limits.of_groups(operation), bytes)?;
                    windows.insert(tick, Run::resumed(Kept::Groups(Box::new(groups)), limits.rows));
                }
            }
            (1, Body::Rows(buffer), _) => read_rows(bytes, buffer, operation)?,
            (2, Body::Threshold(buffer, last), _) => {
                read_rows(bytes, buffer, operation)?;
                *last = read_times(bytes)?;
            }
            (3, Body::Terms(buffer, history), _) => {
                read_rows(bytes, buffer, operation)?;
                *history = History::of(read_times(bytes)?);
            }
            _ => return Err(ReadError::damaged()),
        }
        for _ in 0..bytes.count(24)? {
            let mut id = [0; 16];
            id.copy_from_slice(bytes.raw(16)?);
            state.told.insert(AlertId(id), bytes.i64()?);
        }
        state.suppressed = Suppressed { until: read_times(bytes)? };
        state.counters = read_counters(bytes)?;
        Ok(state)
    }
}

fn write_rows(out: &mut Writer, buffer: &Buffer) {
    out.size(buffer.iter().len());
    for row in buffer.iter() {
        out.i64(row.time);
        out.u64(row.event);
        out.raw(&row.document.to_le_bytes());
        out.size(row.values.len());
        row.values.iter().for_each(|value| out.value(value));
    }
}

fn read_rows(bytes: &mut Reader<'_>, buffer: &mut Buffer, operation: &Operation) -> Result<(), ReadError> {
    let most = match &operation.work {
        Work::Table(pipeline) => pipeline.columns.len().max(pipeline.width as usize),
        Work::Threshold(_) | Work::NewTerms(_) | Work::Events(_) => operation.columns().count(),
    };
    let least = operation.columns().count();
    for _ in 0..bytes.count(33)? {
        let time = bytes.i64()?;
        let event = bytes.u64()?;
        let mut document = [0; 16];
        document.copy_from_slice(bytes.raw(16)?);
        let count = bytes.count(1)?;
        if !(least..=most).contains(&count) {
            return Err(ReadError::damaged());
        }
        let values = (0..count).map(|_| bytes.value()).collect::<Result<Vec<Value>, _>>()?;
        buffer.add(Row { time, event, document: u128::from_le_bytes(document), values });
    }
    Ok(())
}

fn write_times(out: &mut Writer, times: &Times) {
    out.size(times.len());
    for (key, time) in times.iter() {
        out.size(key.len());
        key.iter().for_each(|value| out.value(value));
        out.i64(time);
    }
}

fn read_times(bytes: &mut Reader<'_>) -> Result<Times, ReadError> {
    let mut times = Times::default();
    for _ in 0..bytes.count(9)? {
        let key = (0..bytes.count(1)?).map(|_| bytes.value()).collect::<Result<Vec<Value>, _>>()?;
        times.put(key, bytes.i64()?);
    }
    Ok(times)
}

fn write_counters(out: &mut Writer, counters: &Counters) {
    let Counters { events, late, untimed, evicted, over_limit, suppressed, runs, warnings } = counters;
    let Warnings { multi_value, overflow, division, conversion, other } = warnings;
    for count in [events, late, untimed, evicted, over_limit, suppressed, runs] {
        out.varint(*count);
    }
    for count in [multi_value, overflow, division, conversion, other] {
        out.varint(*count);
    }
}

fn read_counters(bytes: &mut Reader<'_>) -> Result<Counters, ReadError> {
    Ok(Counters {
        events: bytes.varint()?,
        late: bytes.varint()?,
        untimed: bytes.varint()?,
        evicted: bytes.varint()?,
        over_limit: bytes.varint()?,
        suppressed: bytes.varint()?,
        runs: bytes.varint()?,
        warnings: Warnings {
            multi_value: bytes.varint()?,
            overflow: bytes.varint()?,
            division: bytes.varint()?,
            conversion: bytes.varint()?,
            other: bytes.varint()?,
        },
    })
}
