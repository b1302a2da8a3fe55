/** What a process takes of the machine, by /proc. */
import fs from 'node:fs';

export interface Sample {
  /** In MB of a million bytes, as budgets are told. */
  readonly rss: number;
  /** What nobody shares and no file holds: the program's own pages are those of any Node that runs. */
  readonly own: number;
  readonly handles: number;
  /** Seconds of a core so far. */
  readonly cpu: number;
}

const TICKS_PER_SECOND = 100;

export function sample(pid: number): Sample {
  const rollup = fs.readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  const megabytes = (name: string): number => (Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(rollup)?.[1]) * 1024) / 1e6;
  const [user = 0, system = 0] = fs.readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/.*\) /s, '').split(' ').slice(11, 13).map(Number);
  return {
    rss: megabytes('Rss'),
    own: megabytes('Private_Dirty'),
    handles: fs.readdirSync(`/proc/${pid}/fd`).length,
    cpu: (user + system) / TICKS_PER_SECOND,
  };
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
