/** The commands that tell what the agent has recorded. Each is loaded when it is called. */
import { plainFormats } from './choices.ts';
import type { Command, Finish } from './cli.ts';
import type { BaselineOptions } from './commands/baseline.ts';
import type { DriftOptions } from './commands/drift.ts';
import type { HistoryOptions } from './commands/history.ts';
import { UsageError } from './errors.ts';
import { examples, exitStatus, reportOption, shared } from './help.ts';
import type { Output } from './output.ts';

export function addHistoryCommands(program: Command, output: Output, environment: NodeJS.ProcessEnv, finish: Finish): void {
  reading(program.command('status'))
    .description('tell how this host is: last audit, drift, the agent; from what the agent has recorded')
    .option('--json', 'as JSON (hullguard schema status)')
    .addHelpText('after', () => `${exitStatus(EXITS)}${examples(['sudo hullguard status', 'sudo hullguard status --json'])}`)
    .action(async (options: HistoryOptions) => finish((await import('./commands/status.ts')).status(options, output)));
  addDrift(program, output, finish);
  addBaseline(program, output, environment, finish);
  addHistory(program, output, finish);
}

function addDrift(program: Command, output: Output, finish: Finish): void {
  reading(program.command('drift'))
    .description('tell what differs from the baseline, and who changed it')
    .option('--since <time>', `from what was so then: ${TIMES}`)
    .option(...reportOption(plainFormats), repeat)
    .addHelpText('after', () => `${exitStatus(DRIFT_EXITS)}${examples(DRIFT_EXAMPLES)}`)
    .action(async (options: DriftOptions) => finish((await import('./commands/drift.ts')).drift(options, output)));
}

function addBaseline(program: Command, output: Output, environment: NodeJS.ProcessEnv, finish: Finish): void {
  const baseline = program
    .command('baseline')
    .description('the reference that drift is told from')
    .addHelpText('after', examples(['sudo hullguard baseline accept', 'sudo hullguard baseline show']));
  reading(baseline.command('accept'))
    .description('take what the agent last saw as the reference')
    .addHelpText('after', () => `${exitStatus(EXITS)}${examples(['sudo hullguard baseline accept'])}`)
    .action(async (options: HistoryOptions) =>
      finish((await import('./commands/baseline.ts')).acceptBaseline(options, output, environment)),
    );
  reading(baseline.command('show'))
    .description('show the reference: who accepted it when, and what in it is not good')
    .option('--all', 'show what is good, too')
    .option('--json', 'as JSON (hullguard schema baseline)')
    .addHelpText('after', () => `${exitStatus(EXITS)}${examples(['sudo hullguard baseline show', 'sudo hullguard baseline show --json'])}`)
    .action(async (options: BaselineOptions) => finish((await import('./commands/baseline.ts')).showBaseline(options, output)));
}

function addHistory(program: Command, output: Output, finish: Finish): void {
  const history = reading(program.command('history'))
    .description('tell what was recorded: audits, drift, and what the agent did')
    .option('--since <time>', `only since then: ${TIMES}`)
    .option('--limit <count>', 'only the last ones (default: 50, or all since the time named)', whole)
    .option('--json', 'as JSON (hullguard schema history)')
    .addHelpText('after', () => `${exitStatus(EXITS)}${examples(HISTORY_EXAMPLES)}`)
    .action(async (options: HistoryOptions) => finish((await import('./commands/history.ts')).history(options, output)));
  history
    .command('verify')
    .description('check that nothing of it was changed or removed')
    .option('--head <hash>', 'a hash that was noted elsewhere, and must be in it')
    .addHelpText(
      'after',
      () => `\nAlso --history <file> and --json, as of hullguard history.\n${exitStatus(VERIFY_EXITS)}${examples(VERIFY_EXAMPLES)}`,
    )
    .action(async ({ head }: { readonly head?: string }, command: Command) =>
      // Options that the command above has, too, are taken by that one.
      finish((await import('./commands/history.ts')).verifyHistory(head, command.optsWithGlobals<HistoryOptions>(), output)),
    );
}

function reading(command: Command): Command {
  return command.option('--history <file>', 'another history, such as a copy').option(...shared.noColor);
}

const TIMES = '2026-11-21, 2026-11-21T10:00, or how long ago: 30m, 12h, 2d';

const EXITS = {
  0: 'done',
  2: 'wrong usage, nothing to tell of, or no permission',
  3: 'the history could not be read',
};

const DRIFT_EXITS = {
  0: 'no drift',
  1: 'drift',
  2: 'wrong usage, no baseline, or no permission',
  3: 'the history could not be read, or a report not be written',
};

const VERIFY_EXITS = {
  0: 'all is as it was written',
  1: 'something was changed or removed',
  2: 'wrong usage, no history, or no permission',
  3: 'the history could not be read',
};

const DRIFT_EXAMPLES = ['sudo hullguard drift', 'sudo hullguard drift --since 12h', 'sudo hullguard drift --report json=drift.json'];
const HISTORY_EXAMPLES = ['sudo hullguard history', 'sudo hullguard history --since 2d', 'sudo hullguard history verify'];
const VERIFY_EXAMPLES = ['sudo hullguard history verify', 'hullguard history verify --history ./copy-of-history.db --head HASH'];

export function repeat(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

function whole(value: string): number {
  if (!/^[1-9]\d{0,6}$/.test(value)) throw new UsageError(`--limit ${value}: expected a number, at least 1`);
  return Number(value);
}
