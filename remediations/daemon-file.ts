/** Whether a key of daemon.json can be written, and would count: what else may hold the file, or the key. Each refusal says what to do. */
import type { Goals } from '../checks/check.ts';
import { show } from '../checks/families/daemon-setting.ts';
import { presentable } from '../facts/daemon.ts';
import { daemonOptions, parseFlags } from '../facts/dockerd-options.ts';
import { HIDDEN } from '../facts/schema.ts';
import type { Known } from './daemon-setting.ts';

/** Folders that a system's own configuration fills, links to which are no place to write to. */
const STORES = ['/nix/store/', '/gnu/store/'];

export function fileRefusal(goal: Goals['daemon-setting'], facts: Known): string | null {
  return ownerRefusal(goal, facts.daemon) ?? contentRefusal(goal, facts) ?? placeRefusal(facts);
}

/** What stands on dockerd's command line, by the key of daemon.json. */
export function flagsOf({ daemon, processes }: Pick<Known, 'daemon' | 'processes'>): ReturnType<typeof parseFlags> {
  return parseFlags(processes.dockerd.find(({ pid }) => pid === daemon.process?.pid)?.argv ?? []);
}

/** Whose file it is: none but that of a daemon of root's, which we see, and which nobody else takes care of. */
function ownerRefusal(
  { key, value }: Goals['daemon-setting'],
  { process, unseen, rootless, configFile: { path } }: Known['daemon'],
): string | null {
  const line = `"${key}": ${JSON.stringify(value)} in ${path}`;
  if (process === null)
    return `how dockerd was started is unknown: ${unseen ?? 'its process is not seen'}; run hullguard as root on the engine’s own host, in no container`;
  if (rootless || process.uid !== 0) return `the daemon runs rootless: as its user, set ${line} and run systemctl --user restart docker`;
  if (path.startsWith('/var/snap/') || process.unit?.startsWith('snap.'))
    return `Docker is a snap: set ${line} and run snap restart docker`;
  return null;
}

function contentRefusal({ key }: Goals['daemon-setting'], { daemon, processes }: Known): string | null {
  const { path, status, problem, duplicates, keys, target } = daemon.configFile;
  if (status === 'invalid') return `${path} is not valid, dockerd would not start with it: ${problem ?? 'unknown'}; mend it first`;
  if (status === 'unreadable') return `${path} cannot be read: ${problem ?? 'unknown'}; run hullguard as root`;
  if (duplicates.length > 0)
    return `${path} gives ${duplicates.join(', ')} more than once, of which the last one counts: leave one of each`;
  if (JSON.stringify(keys[key] ?? null).includes(HIDDEN)) return `${path} holds a password in ${key}: take it out first`;
  if (status !== 'missing') return null;
  if (Object.hasOwn(flagsOf({ daemon, processes }), 'config-file'))
    return `${path} is gone, though the command line names it: dockerd would not start; put it back first`;
  return target === null || target === path ? null : `${path} leads to ${target}, which is not there: make that file, or remove the link`;
}

/** Whether the file can be replaced, by us and by nobody else. */
function placeRefusal({ daemon: { configFile }, files, mounts }: Known): string | null {
  const { path, status } = configFile;
  const target = configFile.target ?? path;
  if (STORES.some((store) => target.startsWith(store)))
    return `${path} leads to ${target}, which the configuration of the system makes: set the key there`;
  // What is not there has no directories above it that were looked at.
  const folders = status === 'missing' ? files['etc-docker'] : [];
  const open = [...files['daemon-json'], ...folders].flatMap(({ writableParents }) => writableParents)[0] ?? folders.find(isOpen);
  if (open !== undefined)
    return `others than root can replace what lies in ${open.path} (mode ${open.mode.toString(8)}, owner ${open.uid}:${open.gid}): give it to root and take their write permission away first`;
  const mount = mounts.mounts.find(({ mountPoint }) => mountPoint === target);
  if (mount === undefined) return null;
  return `${target} is a mount point, so it cannot be replaced in one step: set the key in the file that is mounted there (${mount.source}, ${mount.root})`;
}

function isOpen({ status, mode, uid, gid }: Known['files']['etc-docker'][number]): boolean {
  return status === 'present' && (uid !== 0 || (mode & 0o002) !== 0 || ((mode & 0o020) !== 0 && gid !== 0));
}

/** Whether a flag says the same or another: dockerd does not start with a key in both places, not even with one value. */
export function flagRefusal(key: string, facts: Known): string | null {
  const { configFile, conflicts } = facts.daemon;
  const clashes = [...new Set([...conflicts.map((conflict) => conflict.key), ...comingConflicts(facts)])];
  if (clashes.length > 0) {
    const places = clashes.map((clash) => flagPlace(clash, facts)).join('; ');
    return `${clashes.join(', ')} stands both in ${configFile.path} and as a flag: ${places}; dockerd will not start again: take one of the two out first`;
  }
  if (!Object.hasOwn(flagsOf(facts), key) && placesOf(key, facts).length === 0) return null;
  return `${key} is a flag of dockerd: ${flagPlace(key, facts)}; it must not stand in ${configFile.path} as well: take the flag out, restart dockerd, and plan again`;
}

/** Keys of the file that somebody has made flags, too, since dockerd started. */
function comingConflicts({ daemon, units }: Known): string[] {
  if (!isUnit({ daemon, units })) return [];
  const inFile = (key: string): boolean => Object.hasOwn(daemon.configFile.keys, key) || daemon.settings[key]?.origin === 'file';
  return units.flags.filter(({ key }) => key !== 'runtimes' && inFile(key)).map(({ key }) => key); // runtimes alone merge
}

/** The service that was looked at is the one dockerd runs in, and starts it the next time. */
function isUnit({ daemon, units }: Pick<Known, 'daemon' | 'units'>): boolean {
  return daemon.process?.unit === units.service.name;
}

function placesOf(key: string, { daemon, units }: Pick<Known, 'daemon' | 'units'>): string[] {
  return isUnit({ daemon, units }) ? units.flags.filter((flag) => flag.key === key).map(({ path, line }) => `${path} line ${line}`) : [];
}

/** `--icc=true in /etc/default/docker line 7` */
function flagPlace(key: string, facts: Known): string {
  const flag = `--${daemonOptions.find((option) => option.key === key)?.flag ?? key}`;
  const value = flagsOf(facts)[key];
  const places = placesOf(key, facts).join(' and ');
  if (value === undefined) return `${flag} in ${places}, added since dockerd started`;
  const spelt = show(flag, presentable(key, value));
  if (places !== '') return `${spelt} in ${places}`;
  return `${spelt} on the command line of pid ${facts.daemon.process?.pid}, but in no unit that starts it (a script does, or the unit has changed since)`;
}
