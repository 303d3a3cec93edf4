//! The bar: what people have today.
//!
//! 2,407 community rules for Windows of SigmaHQ, evaluated by rsigma 0.23 over the same files, one alert a match. The
//! figures are files found of files labelled with the stage.

/// One stage of the table.
pub struct Stage {
    /// As the index names it.
    pub id: &'static str,
    pub title: &'static str,
    /// Files found by rules of level medium and up.
    pub medium: u64,
    /// Files found by rules of level high and up.
    pub high: u64,
    /// Files labelled with it.
    pub files: u64,
}

/// The stages that are compared, in the order of the table.
pub const STAGES: [Stage; 8] = [
    Stage { id: "admin_abuse", title: "admin abuse", medium: 9, high: 6, files: 36 },
    Stage { id: "discovery", title: "discovery", medium: 4, high: 2, files: 18 },
    Stage { id: "lateral", title: "lateral movement", medium: 5, high: 3, files: 16 },
    Stage { id: "cred_access", title: "credential access", medium: 13, high: 8, files: 37 },
    Stage { id: "exfil", title: "exfiltration", medium: 0, high: 0, files: 1 },
    Stage { id: "destruction", title: "destruction", medium: 1, high: 1, files: 1 },
    Stage { id: "log_clearing", title: "log clearing", medium: 4, high: 4, files: 12 },
    Stage { id: "evasion", title: "evasion", medium: 10, high: 9, files: 39 },
];

/// Off-target alerts per 100,000 events, at medium and up.
pub const OFF_TARGET_MEDIUM: u64 = 677;
/// The same at high and up.
pub const OFF_TARGET_HIGH: u64 = 115;
/// Alerts on the benign logs, at medium and up.
pub const BENIGN_MEDIUM: u64 = 13;
/// The same at high and up.
pub const BENIGN_HIGH: u64 = 0;
