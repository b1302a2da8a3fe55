/** The command line: arguments → command → exit code. Each command is loaded when it is called. */
import { Argument, Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { benchmarkVersions, currentBenchmark } from '../checks/benchmark.ts';
import { allowedImpacts, severities } from '../checks/check.ts';
import type { Format } from './choices.ts';
import { formats, MAX_TIMEOUT, plainFormats, thresholds } from './choices.ts';
import { addAboutCommands } from './cli-about.ts';
import { addAgentCommand } from './cli-agent.ts';
import { addChecksCommand } from './cli-checks.ts';
import { addConfigCommands } from './cli-config.ts';
import { addHistoryCommands, repeat } from './cli-history.ts';
import { addImportCommand } from './cli-import.ts';
import { forThreats } from './cli-threats.ts';
import { addWaiverCommands } from './cli-waivers.ts';
import { about } from './commands/about.ts';
import type { ApplyOptions } from './commands/apply.ts';
import type { AuditOptions } from './commands/audit.ts';
import type { JournalOptions } from './commands/journal.ts';
import type { PlanOptions } from './commands/plan.ts';
import type { RollbackOptions } from './commands/rollback.ts';
import { complaint, exitCodes, HistoryError, OutputError, UsageError } from './errors.ts';
import { applyHelp, auditHelp, examples, planHelp, reportOption, rollbackHelp, shared } from './help.ts';
import type { Output } from './output.ts';
import { printable } from './reporters/printable.ts';
import { version } from './version.ts';

/** Runs one command line (without node and script) and returns the exit code. Bugs are thrown. */
export async function run(args: readonly string[], output: Output, environment: NodeJS.ProcessEnv): Promise<number> {
  let code: number = exitCodes.done;
  const program = build(output, environment, (result) => {
    code = result;
  });
  try {
    await program.parseAsync(args, { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
    if (!(error instanceof UsageError || error instanceof OutputError || error instanceof HistoryError)) throw error;
    output.say(complaint(error.message));
    return error instanceof UsageError ? exitCodes.usage : exitCodes.incomplete;
  }
}

/** Every command there is. */
export function build(output: Output, environment: NodeJS.ProcessEnv, finish: (code: number) => void): Command {
  const program = new Command('hullguard')
    .description(
      'Audits a Docker host against the CIS Docker Benchmark, with evidence for every verdict, and mends what can be mended safely.',
    )
    .version(version, '--version', 'print the version')
    .option('--licenses', 'print the licences of all that is inside')
    .on('option:licenses', () => {
      output.print(about('licenses'));
      throw new CommanderError(exitCodes.done, 'hullguard.licenses', '');
    })
    .helpOption('-h, --help', 'print help')
    .configureOutput({
      writeOut: (text) => output.print(text),
      writeErr: (text) => output.say(text.split('\n').map(printable).join('\n')),
      getOutHelpWidth: () => output.width,
      getErrHelpWidth: () => output.width,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .exitOverride()
    .showSuggestionAfterError()
    .addHelpText('after', examples(['sudo hullguard audit', 'sudo hullguard plan', 'hullguard checks 5.10', 'hullguard apply --help']));
  for (const make of [auditCommand, threatsCommand, planCommand, applyCommand, rollbackCommand, journalCommand])
    program.addCommand(make(output, environment, finish));
  for (const add of [addHistoryCommands, addAgentCommand, addImportCommand, addWaiverCommands]) add(program, output, environment, finish);
  addChecksCommand(program, benchmarkOption().default(currentBenchmark), output, environment);
  addConfigCommands(program, output, environment);
  addAboutCommands(program, output, (name, description) => new Argument(name, description));
  likeProgram(program, program);
  return program;
}

/** Commands, and those below them, end and print as the program does, and say where help is. */
function likeProgram(command: Command, program: Command, words = program.name()): void {
  command.showHelpAfterError(`(${words} --help tells what there is)`);
  for (const each of command.commands)
    likeProgram(each.exitOverride().configureOutput(program.configureOutput()), program, `${words} ${each.name()}`);
}

export type { Command, Option };
export type ArgumentOf = (name: string, description: string) => Argument;
export type Finish = (code: number) => void;

function auditCommand(output: Output, environment: NodeJS.ProcessEnv, finish: Finish): Command {
  const command = new Command('audit').description('judge this host; changes nothing');
  return judging(command, formats)
    .option('--all', 'show what passed or does not apply, too')
    .option('--save-facts <file>', 'record the facts')
    .option('--compare <file>', 'an earlier report (json), to tell what is new and what is mended since: in text and html')
    .addHelpText('after', auditHelp)
    .action(async (options: AuditOptions) => {
      await finishBeforeLooking(options, output, environment);
      finish(await (await import('./commands/audit.ts')).audit(options, output, environment));
    });
}

function threatsCommand(output: Output, environment: NodeJS.ProcessEnv, finish: Finish): Command {
  return forThreats(judging(new Command('threats'), plainFormats), async (options) => {
    await finishBeforeLooking(options, output, environment);
    finish(await (await import('./commands/threats.ts')).showThreats(options, output, environment));
  });
}

function planCommand(output: Output, environment: NodeJS.ProcessEnv, finish: Finish): Command {
  const command = new Command('plan')
    .description('show what apply would do, and what that would break; changes nothing')
    .argument('[check...]', CHECKS);
  return inspecting(command.option(...reportOption(plainFormats), repeat))
    .addOption(maxImpactOption())
    .option('--all', 'show all steps for a person, too')
    .addHelpText('after', planHelp)
    .action(async (checks: string[], options: PlanOptions) => {
      await finishInterrupted(options, output, environment);
      finish(await (await import('./commands/plan.ts')).plan(withChecks(checks, options), output, environment));
    });
}

function applyCommand(output: Output, environment: NodeJS.ProcessEnv, finish: Finish): Command {
  const command = new Command('apply')
    .description('make failing checks pass: plan, ask, change, verify; taken back as a whole where anything fails')
    .argument('[check...]', CHECKS);
  return inspecting(command.option(...reportOption(plainFormats), repeat))
    .addOption(maxImpactOption())
    .addOption(new Option('--plan <file>', 'apply this plan (plan --report json=FILE), if it still fits').conflicts(['check', 'maxImpact']))
    .option('--yes', 'do not ask; needed without a terminal')
    .option('--all', 'show all steps for a person, too')
    .addHelpText('after', applyHelp)
    .action(async (checks: string[], options: ApplyOptions) => {
      if (options.plan !== undefined && checks.length > 0) throw new UsageError('--plan says already which checks to mend');
      finish(await (await import('./commands/apply.ts')).apply(withChecks(checks, options), output, environment));
    });
}

function rollbackCommand(output: Output, environment: NodeJS.ProcessEnv, finish: Finish): Command {
  return new Command('rollback')
    .description('take back what an apply changed (default: the last one applied)')
    .argument('[journal]', 'which one: hullguard journal lists them')
    .option(...shared.config)
    .option('--quiet', 'no progress')
    .option('--verbose', 'tell each step on standard error')
    .option('--yes', 'do not ask')
    .option('--forget', 'close a journal that could not be taken back, once it was mended by hand')
    .addHelpText('after', rollbackHelp)
    .action(async (id: string | undefined, options: RollbackOptions) =>
      finish(await (await import('./commands/rollback.ts')).rollback(id, options, output, environment)),
    );
}

function journalCommand(output: Output, environment: NodeJS.ProcessEnv, _finish: Finish): Command {
  return new Command('journal')
    .description('list what was applied, or show one of them')
    .argument('[journal]', 'which one, in full')
    .option(...shared.noColor)
    .addHelpText('after', examples(['sudo hullguard journal', 'sudo hullguard journal 20261121T114311Z-3f2a']))
    .action(async (id: string | undefined, options: JournalOptions) => {
      await finishInterrupted({}, output, environment);
      (await import('./commands/journal.ts')).journal(id, options, output);
    });
}

/** An apply that was killed is taken back before anything else. Where none was, that costs one look at a directory. */
async function finishInterrupted(options: { readonly config?: string }, output: Output, environment: NodeJS.ProcessEnv): Promise<void> {
  if ((await import('./state/pending.ts')).isInterrupted())
    await (await import('./recovery.ts')).recover(options.config, output, environment);
}

/** Another host's files, or recorded facts, say nothing of an apply here. */
async function finishBeforeLooking(options: AuditOptions, output: Output, environment: NodeJS.ProcessEnv): Promise<void> {
  if (options.root === undefined && options.facts === undefined) await finishInterrupted(options, output, environment);
}

const CHECKS = 'only these checks: id, number or glob';

function withChecks<T extends { readonly check?: readonly string[] }>(checks: readonly string[], options: T): T {
  return checks.length === 0 ? options : { ...options, check: [...(options.check ?? []), ...checks] };
}

function maxImpactOption(): Option {
  return new Option('--max-impact <impact>', 'most it may cost: none, reload or restart of dockerd (default: reload)').choices(
    allowedImpacts,
  );
}

/** Options of what judges this host or its recorded facts. */
function judging(command: Command, known: readonly Format[]): Command {
  return inspecting(command.option(...reportOption(known), repeat))
    .addOption(new Option('--fail-on <severity>', 'lowest severity that makes the exit status 1 (default: low)').choices(thresholds))
    .option(...shared.root)
    .addOption(new Option(...shared.facts).conflicts(['dockerHost', 'root']));
}

/** Options that say what to look at, and how. */
function inspecting(command: Command): Command {
  return command
    .option('--check <pattern>', 'only these checks: id, number or glob; repeatable, or separated by commas', collect)
    .option('--skip <pattern>', 'leave these checks out', collect)
    .option('--section <name>', 'only this section: host, daemon, files, images, containers, operations, swarm, community, site', collect)
    .option('--profile <name>', 'level-1, level-2, stride:LETTER, or one of your configuration (default: level-2)')
    .addOption(benchmarkOption())
    .addOption(new Option('--min-severity <severity>', 'leave out checks below it').choices(severities))
    .option(...shared.config)
    .option(...shared.waivers, repeat)
    .option(...shared.dockerHost)
    .option('--timeout <seconds>', 'time for an answer (default: 30)', positive)
    .option(...shared.noColor)
    .option('--quiet', 'only what matters most, and the summary')
    .option(...shared.verbose);
}

function benchmarkOption(): Option {
  return new Option('--benchmark <version>', `benchmark version (default: ${currentBenchmark})`).choices(benchmarkVersions);
}

/** An empty list would mean no choice at all, so everything: more likely a variable that was not set. */
function collect(value: string, before: readonly string[] = []): readonly string[] {
  const names = value.split(',').map((name) => name.trim());
  if (names.includes('')) throw new InvalidArgumentError('expected a name, or names separated by commas.');
  return [...before, ...names];
}

function positive(value: string): number {
  const seconds = Number(value);
  if (!(seconds > 0 && seconds <= MAX_TIMEOUT)) throw new InvalidArgumentError(`expected seconds, above 0 and at most ${MAX_TIMEOUT}.`);
  return seconds;
}
