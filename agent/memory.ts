/** The resident agent computes little and stays for months: it trades speed for memory. The flags are V8's own. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** No compiler that keeps what it has learned, small code, and garbage of short life collected often instead of in a large space. */
const LEAN = ['--no-opt', '--no-maglev', '--optimize-for-size', '--semi-space-growth-factor=1', '--expose-gc'];

type Collect = (options: { readonly type: 'major'; readonly execution: 'sync'; readonly flavor: 'last-resort' }) => void;

/** Switches to it; returns what gives back the memory that work has needed, for times when nothing is waiting. */
export function stayLean(): () => void {
  for (const flag of LEAN) setFlagsFromString(flag);
  const collect = runInNewContext('gc') as Collect;
  return () => collect({ type: 'major', execution: 'sync', flavor: 'last-resort' });
}
