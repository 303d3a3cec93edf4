//! `remote-tool`: a tool of remote support or a tunnel appears on a host, and perhaps in the estate for the first time.
//!
//! ATT&CK: T1219 (remote access tools), T1572 (tunnels). Intruders bring the tools that help desks use. Weight: low; medium
//! where the estate has known the tool for less than two weeks and it runs from a user's folder or is a tunnel.
//!
//! False alarms: the help desk's own tool: known after its first host; its roll-out makes one alert a day that grows.

use crate::records::{Installed, Launch};
use crate::text::base;
use crate::words::Words;

/// Marks in a file's name, original name or service, with the product.
const PRODUCTS: [(&str, &str); 60] = [
    ("anydesk", "AnyDesk"),
    ("teamviewer", "TeamViewer"),
    ("screenconnect", "ScreenConnect"),
    ("connectwisecontrol", "ScreenConnect"),
    ("ateraagent", "Atera"),
    ("splashtop", "Splashtop"),
    ("srmanager.exe", "Splashtop"),
    ("rustdesk", "RustDesk"),
    ("aa_v3", "Ammyy Admin"),
    ("ammyy", "Ammyy Admin"),
    ("aeroadmin", "AeroAdmin"),
    ("meshagent", "MeshCentral"),
    ("dwagent", "DWService"),
    ("rutserv", "Remote Utilities"),
    ("rfusclient", "Remote Utilities"),
    ("simplehelp", "SimpleHelp"),
    ("supremo.exe", "Supremo"),
    ("client32.exe", "NetSupport"),
    ("netsupport", "NetSupport"),
    ("logmein", "LogMeIn"),
    ("g2assist", "GoToAssist"),
    ("gotoassist", "GoToAssist"),
    ("bomgar", "Bomgar"),
    ("zohours", "Zoho Assist"),
    ("zaservice", "Zoho Assist"),
    ("action1_agent", "Action1"),
    ("fleetdeck", "FleetDeck"),
    ("tacticalrmm", "Tactical RMM"),
    ("level.exe", "Level"),
    ("dwrcs", "DameWare"),
    ("r_server.exe", "Radmin"),
    ("rserver3", "Radmin"),
    ("winvnc", "VNC"),
    ("tvnserver", "TightVNC"),
    ("uvnc", "UltraVNC"),
    ("vncserver", "VNC"),
    ("ngrok", "ngrok"),
    ("cloudflared", "cloudflared"),
    ("chisel", "chisel"),
    ("ligolo", "ligolo"),
    ("frpc", "frp"),
    ("plink.exe", "plink"),
    ("remotepc", "RemotePC"),
    ("getscreen", "Getscreen"),
    ("hoptodesk", "HopToDesk"),
    ("pcvisit", "pcvisit"),
    ("islonline", "ISL Online"),
    ("isllight", "ISL Online"),
    ("ultraviewer", "UltraViewer"),
    ("todesk", "ToDesk"),
    ("nateon", "Nateon"),
    ("syncro", "Syncro"),
    ("ninjarmm", "NinjaRMM"),
    ("kaseya", "Kaseya"),
    ("quickassist.exe", "Quick Assist"),
    ("parsecd", "Parsec"),
    ("iperius", "Iperius Remote"),
    ("lmiguardian", "LogMeIn"),
    ("pdqconnect", "PDQ Connect"),
    ("mremoteng", "mRemoteNG"),
];

/// The marks alone, to be looked for in one pass.
static WORDS: Words = Words::new(&MARKS);
const MARKS: [&str; PRODUCTS.len()] = {
    let mut marks = [""; PRODUCTS.len()];
    let mut at = 0;
    while at < marks.len() {
        marks[at] = PRODUCTS[at].0;
        at += 1;
    }
    marks
};

/// Products that open a way in from outside by themselves.
pub const TUNNELS: &[&str] = &["ngrok", "cloudflared", "chisel", "ligolo", "frp", "plink"];

/// The product that a process belongs to.
pub fn launch(launch: &Launch) -> Option<&'static str> {
    product(&[&launch.name, &launch.original])
}

/// The product that a service belongs to.
pub fn installed(service: &Installed) -> Option<&'static str> {
    product(&[&service.name, base(super::remote_service::program_of(&service.command))])
}

fn product(names: &[&str]) -> Option<&'static str> {
    let mark = names.iter().find_map(|name| WORDS.find(name))?;
    PRODUCTS.iter().find(|(known, _)| *known == mark).map(|(_, product)| *product)
}

/// Names that conditions look for in processes.
pub fn marks() -> impl Iterator<Item = &'static str> {
    MARKS.into_iter()
}
