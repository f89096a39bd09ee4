//! Numbers as texts spell them, exactly.

use std::cmp::Ordering;
use std::fmt;

/// `units * 10^exponent`; the units do not end in zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decimal {
    units: i128,
    exponent: i32,
}

impl Decimal {
    /// The number that a text spells as JSON spells numbers; `+` may stand in front.
    pub fn parse(text: &str) -> Option<Self> {
        let (mantissa, power) = match text.split_once(['e', 'E']) {
            Some((mantissa, power)) => (mantissa, power.parse::<i32>().ok()?),
            None => (text, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits = whole.trim_start_matches(['-', '+']);
        let signs = whole.len() - digits.len();
        let numeric = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if signs > 1 || digits.is_empty() || !numeric(digits) || !numeric(fraction) {
            return None;
        }
        let units = format!("{whole}{fraction}").parse().ok()?;
        Some(Self::new(units, power.checked_sub(i32::try_from(fraction.len()).ok()?)?))
    }

    fn new(mut units: i128, mut exponent: i32) -> Self {
        if units == 0 {
            return Self { units, exponent: 0 };
        }
        while units % 10 == 0 {
            units /= 10;
            exponent += 1;
        }
        Self { units, exponent }
    }

    /// Whether it has no fraction.
    pub fn is_whole(self) -> bool {
        self.exponent >= 0
    }

    /// Without its fraction.
    #[must_use]
    pub fn whole(self) -> Self {
        if self.is_whole() {
            return self;
        }
        let places = self.exponent.unsigned_abs();
        Self::new(10_i128.checked_pow(places).map_or(0, |power| self.units / power), 0)
    }

    fn scaled(self, exponent: i32) -> Option<i128> {
        let zeros = u32::try_from(self.exponent.checked_sub(exponent)?).ok()?;
        self.units.checked_mul(10_i128.checked_pow(zeros)?)
    }
}

impl From<i128> for Decimal {
    fn from(number: i128) -> Self {
        Self::new(number, 0)
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        let exponent = self.exponent.min(other.exponent);
        if let (Some(a), Some(b)) = (self.scaled(exponent), other.scaled(exponent)) {
            return a.cmp(&b);
        }
        // beyond what the small world holds
        let float = |number: &Self| number.to_string().parse::<f64>().unwrap_or_default();
        float(self).total_cmp(&float(other))
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// As a decimal number without an exponent.
impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.units.unsigned_abs().to_string();
        let sign = if self.units < 0 { "-" } else { "" };
        if let Ok(zeros) = usize::try_from(self.exponent) {
            return write!(f, "{sign}{digits}{}", "0".repeat(zeros));
        }
        let places = self.exponent.unsigned_abs() as usize;
        let padded = format!("{digits:0>width$}", width = places + 1);
        let (whole, fraction) = padded.split_at(padded.len() - places);
        write!(f, "{sign}{whole}.{fraction}")
    }
}
