/** The resident agent computes little and stays for months: it trades speed for memory. The flags are V8's own. */

/** No compilers: what they learn and make is kept. Garbage of short life is collected often instead of in a large space. */
const LEAN = ['--no-opt', '--no-maglev', '--no-sparkplug', '--optimize-for-size', '--semi-space-growth-factor=1'];

type Collect = (options: { readonly type: 'major'; readonly execution: 'sync'; readonly flavor: 'last-resort' }) => void;

/** For the whole process, before it loads what it will run: a compiler that has never run has taken nothing. */
export function stayLean(): void {
  const { setFlagsFromString } = process.getBuiltinModule('node:v8');
  for (const flag of LEAN) setFlagsFromString(flag);
}

let collect: Collect | undefined;

/** Gives back the memory that work has needed. It takes some 50 ms, for times when nothing is waiting. */
export function collectGarbage(): void {
  collect ??= makeCollect();
  collect({ type: 'major', execution: 'sync', flavor: 'last-resort' });
}

/** Only a context that was made after the flag has the function. */
function makeCollect(): Collect {
  process.getBuiltinModule('node:v8').setFlagsFromString('--expose-gc');
  return process.getBuiltinModule('node:vm').runInNewContext('gc') as Collect;
}
