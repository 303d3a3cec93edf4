//! What the rules are told of a record: the fields that matter, in lower case, whatever log they came from.

/// A process was started.
#[derive(Clone, Debug, Default)]
pub struct Launch {
    /// Path of its file.
    pub path: String,
    /// Name of its file.
    pub name: String,
    /// The name that its maker gave the file, where the log tells it: it stays when the file is renamed.
    pub original: String,
    /// Its command line.
    pub command: String,
    /// Path of the parent's file.
    pub parent_path: String,
    /// Name of the parent's file.
    pub parent: String,
    /// The parent's command line.
    pub parent_command: String,
    /// The account that it runs as, canonical.
    pub user: String,
}

/// A script or a part of one was run.
#[derive(Clone, Debug, Default)]
pub struct Script {
    /// Its text.
    pub text: String,
}

/// A share, a file on it or a pipe was reached over the network.
#[derive(Clone, Debug, Default)]
pub struct ShareAccess {
    /// The share.
    pub share: String,
    /// What is behind it: a file, or a pipe of IPC$.
    pub path: String,
    /// Whether the right to write was asked for.
    pub writes: bool,
    /// The account, canonical.
    pub user: String,
    /// Its SID.
    pub uid: String,
}

/// A remote procedure was called, as a network sensor tells it.
#[derive(Clone, Debug, Default)]
pub struct Rpc {
    /// The interface.
    pub endpoint: String,
    /// The procedure.
    pub operation: String,
}

/// A process opened another one.
#[derive(Clone, Debug, Default)]
pub struct Reach {
    /// Path of the file of the one that reaches.
    pub source: String,
    /// Name of the file of the one that is reached.
    pub target: String,
    /// Rights granted.
    pub rights: i64,
    /// The modules on the stack, where told.
    pub trace: String,
}

/// A file was made or written.
#[derive(Clone, Debug, Default)]
pub struct FileMade {
    /// Its path.
    pub path: String,
    /// Path of the file of the process that did it.
    pub by: String,
}

/// A value of the registry was set.
#[derive(Clone, Debug, Default)]
pub struct ValueSet {
    /// Its path.
    pub path: String,
    /// What it holds now.
    pub data: String,
    /// Path of the file of the process that did it.
    pub by: String,
}

/// A service was installed.
#[derive(Clone, Debug, Default)]
pub struct Installed {
    /// Its name.
    pub name: String,
    /// What it runs.
    pub command: String,
}

/// An object was reached: of the directory, of the account database, of the service manager.
#[derive(Clone, Debug, Default)]
pub struct ObjectAccess {
    /// Which server of objects.
    pub server: String,
    /// Kind of the object.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Rights asked for.
    pub rights: i64,
    /// Properties and extended rights, as GUIDs or names.
    pub properties: String,
    /// The account, canonical.
    pub user: String,
}

/// An account logged on.
#[derive(Clone, Debug, Default)]
pub struct Logon {
    /// Type of logon.
    pub kind: i64,
    /// The account, canonical.
    pub user: String,
    /// Its SID.
    pub uid: String,
    /// The protocol that proved it.
    pub protocol: String,
    /// The component that asked.
    pub process: String,
    /// Bits of the session's key.
    pub key_length: Option<i64>,
    /// Name of the source, as it tells itself.
    pub workstation: String,
    /// The account's name for use on the network, where it is another.
    pub outbound: String,
    /// Address of the source.
    pub source: String,
}

/// A ticket was asked for.
#[derive(Clone, Debug, Default)]
pub struct Ticket {
    /// Name of the account that asked, without its domain.
    pub name: String,
    /// The service asked for.
    pub service: String,
    /// Number of the cipher.
    pub cipher: i64,
    /// Kind of pre-authentication, where told.
    pub preauth: Option<i64>,
    /// Whether it was given.
    pub given: bool,
    /// Whether it is a ticket to get tickets.
    pub granting: bool,
}

/// A connection was opened by a process.
#[derive(Clone, Debug, Default)]
pub struct Connection {
    /// Path of the file of the process.
    pub process: String,
    /// Port of the other end.
    pub port: i64,
}

/// A key of the registry was opened or read.
#[derive(Clone, Debug, Default)]
pub struct KeyRead {
    /// Its path.
    pub path: String,
    /// Path of the file of the process that did it.
    pub by: String,
    /// The account, canonical.
    pub user: String,
}

/// A library was loaded.
#[derive(Clone, Debug, Default)]
pub struct Loaded {
    /// Number of the record.
    pub code: i64,
    /// Its path, or what the record calls it.
    pub module: String,
    /// Path of the file of the process that loaded it.
    pub by: String,
}

/// The certification authority tells of a request or a template.
#[derive(Clone, Debug, Default)]
pub struct CertificateEvent {
    /// Number of the record.
    pub code: i64,
    /// Attributes of the request.
    pub attributes: String,
    /// Who asked.
    pub requester: String,
    /// Name of the template.
    pub template: String,
    /// What the template said before.
    pub before: String,
    /// What it says now.
    pub after: String,
}
