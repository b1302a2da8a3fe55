/** The command line: arguments → command → exit code. Each command is loaded when it is called. */
import { Argument, Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { type BenchmarkVersion, benchmarkVersions, currentBenchmark } from '../checks/benchmark.ts';
import { DEFAULT_CONFIG, type Document, documents, formats, MAX_TIMEOUT, profiles, severities, thresholds } from './choices.ts';
import type { AuditOptions } from './commands/audit.ts';
import { complaint, exitCodes, OutputError, UsageError } from './errors.ts';
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
    if (!(error instanceof UsageError || error instanceof OutputError)) throw error;
    output.say(complaint(error.message));
    return error instanceof UsageError ? exitCodes.usage : exitCodes.incomplete;
  }
}

function build(output: Output, environment: NodeJS.ProcessEnv, finish: (code: number) => void): Command {
  const program = new Command('hullguard')
    .description('Audits a Docker host against the CIS Docker Benchmark, with evidence for every verdict.')
    .version(version, '--version', 'print the version')
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
    .addHelpText('after', examples(['sudo hullguard audit', 'hullguard checks 5.10', 'hullguard audit --help']));
  program.addCommand(auditCommand(output, environment, finish));
  program
    .command('checks')
    .argument('[check]', 'a check by its id, or a number: every meaning it has in any benchmark version')
    .description('list the checks, or explain one')
    .addOption(benchmarkOption().default(currentBenchmark))
    .addHelpText('after', examples(['hullguard checks', 'hullguard checks daemon/icc-disabled', 'hullguard checks 5.10']))
    .action(async (name: string | undefined, { benchmark }: { benchmark: BenchmarkVersion }) =>
      (await import('./commands/checks.ts')).listChecks(name, benchmark, output),
    );
  const config = program
    .command('config')
    .description('work with the configuration file')
    .addHelpText('after', examples(['hullguard config check']));
  config
    .command('check')
    .argument('[file]', 'the configuration to check', DEFAULT_CONFIG)
    .description('say whether a configuration is valid, and where it is not')
    .addHelpText('after', examples(['hullguard config check', 'hullguard config check ./config.yaml']))
    .action(async (file: string) => {
      (await import('./config.ts')).loadConfig(file);
      output.print(`${file}: valid\n`);
    });
  program
    .command('schema')
    .addArgument(new Argument('<document>', 'what to describe').choices(documents))
    .description('print the JSON Schema of a document')
    .addHelpText('after', examples(['hullguard schema config > hullguard.schema.json']))
    .action(async (name: Document) => output.print((await import('./commands/schema.ts')).printSchema(name)));
  for (const command of [...program.commands, ...config.commands]) command.exitOverride().configureOutput(program.configureOutput());
  return program;
}

function auditCommand(output: Output, environment: NodeJS.ProcessEnv, finish: (code: number) => void): Command {
  return new Command('audit')
    .description('judge this host; changes nothing')
    .option('--report <format[=file]>', `${formats.join(' or ')}, to standard output or a file; repeatable (default: text)`, repeat)
    .option('--check <pattern>', 'only these checks: id, number or glob; repeatable, or separated by commas', collect)
    .option('--skip <pattern>', 'leave these checks out', collect)
    .option('--section <name>', 'only this section: host, daemon, files, images, containers, operations, swarm, community', collect)
    .addOption(new Option('--profile <name>', 'checks of level 1, or of both levels (default: level-2)').choices(profiles))
    .addOption(benchmarkOption())
    .addOption(new Option('--min-severity <severity>', 'leave out checks below it').choices(severities))
    .addOption(new Option('--fail-on <severity>', 'lowest severity that makes the exit status 1 (default: low)').choices(thresholds))
    .option('--all', 'show what passed or does not apply, too')
    .option('--config <file>', `configuration file (default: ${DEFAULT_CONFIG}, if there is one)`)
    .option('--docker-host <url>', 'engine to audit (default: DOCKER_HOST, then the running engine’s own socket)')
    .option('--root <dir>', 'where the host’s file system is mounted')
    .addOption(new Option('--facts <file>', 'judge recorded facts; touches no host').conflicts(['dockerHost', 'root']))
    .option('--save-facts <file>', 'record the facts')
    .option('--timeout <seconds>', 'time for an answer (default: 30)', positive)
    .option('--no-color', 'no colours')
    .option('--quiet', 'failures and the summary only')
    .option('--verbose', 'tell on standard error what is read, and how long it takes')
    .addHelpText('after', () => `${EXIT_CODES}${examples(AUDIT_EXAMPLES)}`)
    .action(async (options: AuditOptions) => finish(await (await import('./commands/audit.ts')).audit(options, output, environment)));
}

const EXIT_CODES = `
Exit status:
  0  nothing failed at or above --fail-on
  1  something failed
  2  wrong usage or configuration; nothing was done
  3  something could not be judged, or a report not be written
`;

const AUDIT_EXAMPLES = [
  'sudo hullguard audit',
  'sudo hullguard audit --fail-on high --report text --report json=report.json',
  "sudo hullguard audit --check 'container/*' --skip container/image-up-to-date",
  'sudo hullguard audit --save-facts facts.json; hullguard audit --facts facts.json',
];

function examples(lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  ${line}`).join('\n')}\n`;
}

function benchmarkOption(): Option {
  return new Option('--benchmark <version>', `benchmark version (default: ${currentBenchmark})`).choices(benchmarkVersions);
}

function repeat(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
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
