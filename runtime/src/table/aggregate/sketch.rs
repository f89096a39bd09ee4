//! How many different values were there, about? `HyperLogLog` over hashes of 64 bits.

use crate::bytes::{ReadError, Reader, Writer};

/// 2^14 registers: the standard error is 0.8 %.
const BITS: u32 = 14;
const REGISTERS: usize = 1 << BITS;

/// The longest run of zeros that was seen in each part of the hashes. Hashes may come in any order, and again.
#[derive(Clone, Debug)]
pub(crate) struct Sketch {
    registers: Box<[u8]>,
}

impl Sketch {
    pub(crate) fn new() -> Self {
        Self { registers: vec![0; REGISTERS].into() }
    }

    pub(crate) fn add(&mut self, hash: u64) {
        let place = usize::try_from(hash >> (64 - BITS)).unwrap_or_default();
        // the bit set behind the others ends the run
        let run = ((hash << BITS) | (1 << (BITS - 1))).leading_zeros() + 1;
        if let Some(register) = self.registers.get_mut(place) {
            *register = (*register).max(u8::try_from(run).unwrap_or(u8::MAX));
        }
    }

    pub(crate) fn merge(&mut self, other: &Sketch) {
        for (register, other) in self.registers.iter_mut().zip(&other.registers) {
            *register = (*register).max(*other);
        }
    }

    /// The estimate of Flajolet et al., by linear counting while registers are empty and it is small.
    pub(crate) fn estimate(&self) -> u64 {
        let mut runs = [0_u32; 64];
        for register in &self.registers {
            if let Some(count) = runs.get_mut(usize::from(*register)) {
                *count += 1;
            }
        }
        let registers = f64::from(1_u32 << BITS);
        // from the smallest on: the same sum on all machines
        let sum = runs.iter().rev().fold(0.0, |sum, count| sum / 2.0 + f64::from(*count));
        let raw = 0.7213 / (1.0 + 1.079 / registers) * registers * registers / sum;
        let empty = f64::from(runs.first().copied().unwrap_or_default());
        let estimate = if raw <= 2.5 * registers && empty > 0.0 { registers * (registers / empty).ln() } else { raw };
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "positive and far below 2^64")]
        let estimate = estimate.round() as u64;
        estimate
    }

    /// How many bytes it takes.
    pub(crate) const SIZE: usize = REGISTERS;

    pub(crate) fn write(&self, out: &mut Writer) {
        out.raw(&self.registers);
    }

    pub(crate) fn read(bytes: &mut Reader<'_>) -> Result<Self, ReadError> {
        let registers = bytes.raw(REGISTERS)?;
        let highest = u8::try_from(64 - BITS + 1).unwrap_or_default();
        if registers.iter().any(|register| *register > highest) {
            return Err(ReadError::damaged());
        }
        Ok(Self { registers: registers.into() })
    }
}
