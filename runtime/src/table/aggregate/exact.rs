//! Exact sums of doubles: what was added in which order makes no difference.

use num_bigint::{BigInt, BigUint, Sign};

use crate::bytes::{ReadError, Reader, Writer};

/// A sum: `sum` times 2 to the power of `exponent`. Doubles span 2,100 bits, their products twice as many; so it is bounded.
#[derive(Clone, Debug, Default)]
pub(crate) struct Exact {
    sum: BigInt,
    exponent: i32,
}

/// No sum of doubles or of their products has a smaller exponent.
const LOWEST: i32 = -2_200;
/// No sum of these has more bits, even of 2^64 of them.
const MOST_BITS: u64 = 4_600;

impl Exact {
    /// Adds a whole number.
    pub(crate) fn add_whole(&mut self, value: i128) {
        self.add_scaled(BigInt::from(value), 0);
    }

    /// Adds a double; what is not finite adds nothing.
    pub(crate) fn add_double(&mut self, value: f64) {
        if let Some((mantissa, exponent)) = parts(value) {
            self.add_scaled(mantissa.into(), exponent);
        }
    }

    /// Adds the square of a double.
    pub(crate) fn add_square(&mut self, value: f64) {
        if let Some((mantissa, exponent)) = parts(value) {
            let mantissa = i128::from(mantissa);
            self.add_scaled(BigInt::from(mantissa.saturating_mul(mantissa)), exponent.saturating_mul(2));
        }
    }

    /// Adds another sum.
    pub(crate) fn add(&mut self, other: &Exact) {
        self.add_scaled(other.sum.clone(), other.exponent);
    }

    fn add_scaled(&mut self, value: BigInt, exponent: i32) {
        if value.sign() == Sign::NoSign {
            return;
        }
        if self.sum.sign() == Sign::NoSign {
            self.exponent = exponent;
        }
        let shift = self.exponent.abs_diff(exponent);
        if exponent < self.exponent {
            self.sum <<= shift;
            self.exponent = exponent;
            self.sum += value;
        } else {
            self.sum += value << shift;
        }
    }

    /// `count * squares - self * self`, divided by `count * count`: the variance of what was added.
    pub(crate) fn variance(&self, squares: &Exact, count: u64) -> Option<f64> {
        if count == 0 {
            return None;
        }
        let mut top = Exact { sum: &squares.sum * count, exponent: squares.exponent };
        top.add_scaled(-(&self.sum * &self.sum), self.exponent.saturating_mul(2));
        if top.sum.sign() != Sign::Plus {
            return Some(0.0);
        }
        let (mantissa, exponent) = top.leading();
        let count = to_f64(count);
        let value = scale(to_f64(mantissa) / count / count, exponent);
        value.is_finite().then_some(value)
    }

    /// The double closest to it, of two the even one; `None` if there is none as large.
    pub(crate) fn round(&self) -> Option<f64> {
        if self.sum.sign() == Sign::NoSign {
            return Some(0.0);
        }
        let (mantissa, exponent) = self.leading();
        // the highest bit of the mantissa is set: it stands for 2^place
        let place = exponent.saturating_add(63);
        let lost = if place >= -1022 { 11 } else { (-1022_i32).saturating_sub(place).saturating_add(11) };
        let lost = u32::try_from(lost).unwrap_or(u32::MAX);
        if lost > 64 {
            return Some(0.0);
        }
        let wide = u128::from(mantissa);
        let (kept, rest, half) = (wide >> lost, wide & ((1 << lost) - 1), 1_u128 << (lost - 1));
        let kept = kept + u128::from(rest > half || (rest == half && kept & 1 == 1));
        #[expect(clippy::cast_precision_loss, reason = "at most 2^53")]
        let size = scale(kept as f64, exponent.saturating_add(lost.cast_signed()));
        let value = if self.sum.sign() == Sign::Minus { -size } else { size };
        value.is_finite().then_some(value)
    }

    /// Its first 64 bits, the highest one set, the lowest one also if anything behind them is; and the exponent of the lowest one.
    fn leading(&self) -> (u64, i32) {
        let size = self.sum.magnitude();
        let bits = size.bits();
        if bits <= 64 {
            let digits = size.iter_u64_digits().next().unwrap_or_default();
            let shift = digits.leading_zeros();
            return (digits.checked_shl(shift).unwrap_or_default(), self.exponent.saturating_sub_unsigned(shift));
        }
        let shift = bits - 64;
        let top = (size >> shift).iter_u64_digits().next().unwrap_or_default();
        let sticky = size.trailing_zeros().is_some_and(|zeros| zeros < shift);
        (top | u64::from(sticky), self.exponent.saturating_add(i32::try_from(shift).unwrap_or(i32::MAX)))
    }

    /// About how much memory it takes.
    pub(crate) fn size(&self) -> usize {
        40 + usize::try_from(self.sum.bits() / 64).unwrap_or(0) * 8
    }

    pub(crate) fn write(&self, out: &mut Writer) {
        let (sign, digits) = self.sum.to_bytes_le();
        out.u8(u8::from(sign == Sign::Minus));
        out.u32(self.exponent.cast_unsigned());
        out.bytes(&digits);
    }

    pub(crate) fn read(bytes: &mut Reader<'_>) -> Result<Self, ReadError> {
        let negative = bytes.u8()? != 0;
        let exponent = bytes.u32()?.cast_signed();
        let size = BigUint::from_bytes_le(bytes.bytes()?);
        if !(LOWEST..=4_600).contains(&exponent) || size.bits() > MOST_BITS {
            return Err(ReadError::damaged());
        }
        let sum = BigInt::from_biguint(if negative { Sign::Minus } else { Sign::Plus }, size);
        Ok(Self { sum, exponent })
    }
}

/// A finite double as a whole number times a power of 2.
fn parts(value: f64) -> Option<(i64, i32)> {
    if !value.is_finite() || value == 0.0 {
        return None;
    }
    let bits = value.to_bits();
    let fraction = (bits & ((1 << 52) - 1)).cast_signed();
    let exponent = i32::try_from((bits >> 52) & 0x7ff).unwrap_or_default();
    let (mantissa, exponent) = if exponent == 0 { (fraction, -1074) } else { (fraction | 1 << 52, exponent - 1075) };
    let zeros = mantissa.trailing_zeros();
    let (mantissa, exponent) = (mantissa >> zeros, exponent.saturating_add_unsigned(zeros));
    Some((if value < 0.0 { -mantissa } else { mantissa }, exponent))
}

/// `value` times 2 to the power of `exponent`.
fn scale(mut value: f64, mut exponent: i32) -> f64 {
    while exponent > 1000 && value.is_finite() {
        value *= power(1000);
        exponent -= 1000;
    }
    // one step as long as the result is exact: a second rounding would be one too many
    while exponent < -1074 && value != 0.0 {
        value *= power(-1000);
        exponent += 1000;
    }
    if value == 0.0 || !value.is_finite() { value } else { value * power(exponent) }
}

/// 2 to this power, for -1074 to 1023.
fn power(exponent: i32) -> f64 {
    let bits = if exponent >= -1022 {
        u64::try_from(exponent.saturating_add(1023)).unwrap_or_default() << 52
    } else {
        1_u64.checked_shl(u32::try_from(exponent.saturating_add(1074)).unwrap_or_default()).unwrap_or_default()
    };
    f64::from_bits(bits)
}

#[expect(clippy::cast_precision_loss, reason = "what a double holds of it")]
fn to_f64(value: u64) -> f64 {
    value as f64
}
