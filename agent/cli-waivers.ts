/** The command line of waivers and attestations. */
import { DEFAULT_WAIVERS } from './choices.ts';
import type { Command, Finish } from './cli.ts';
import type { AttestOptions, WaiveOptions } from './commands/waive.ts';
import { examples, exitStatus, shared } from './help.ts';
import type { Output } from './output.ts';

const EXITS = {
  0: 'written',
  2: 'wrong usage, or nothing here that it would cover; nothing was written',
  3: 'the check could not be judged, or the file not be written',
};

const WAIVE_EXAMPLES = [
  "sudo hullguard waive container/no-privileged --container backup --reason 'drives the tape' --owner anna@example.com --expires 2027-03-31",
  "sudo hullguard waive daemon/live-restore --reason 'swarm manager' --owner ops --expires 2027-06-30",
];

const ATTEST_EXAMPLES = [
  "sudo hullguard attest image/scanned-and-rebuilt --statement 'weekly scan, no open findings' --by anna@example.com --expires 2027-02-28 --evidence scan.pdf",
];

export function addWaiverCommands(program: Command, output: Output, environment: NodeJS.ProcessEnv, finish: Finish): void {
  deciding(program.command('waive'))
    .argument('<check>', 'id of the check that fails')
    .description('let something fail, with a reason and until a day; an audit still shows it')
    .option('--container <name>', 'only containers of this name; * stands for any text')
    .option('--label <key=value>', 'only containers with this label')
    .option('--image <digest>', 'only this image and its containers: sha256:…')
    .option('--path <path>', 'only this file')
    .requiredOption('--reason <text>', 'why this host lives with it')
    .requiredOption('--owner <who>', 'who answers for it')
    .addHelpText('after', () => `${exitStatus(EXITS)}${examples(WAIVE_EXAMPLES)}`)
    .action(async (check: string, options: WaiveOptions) =>
      finish(await (await import('./commands/waive.ts')).waive(check, options, output, environment)),
    );
  deciding(program.command('attest'))
    .argument('<check>', 'id of the check that a person has to answer')
    .description('answer what only a person can decide, until a day')
    .requiredOption('--statement <text>', 'what was looked at, and what was found')
    .requiredOption('--by <who>', 'who says so')
    .option('--evidence <file>', 'what it rests on: it counts while that file is as it is now')
    .addHelpText('after', () => `${exitStatus(EXITS)}${examples(ATTEST_EXAMPLES)}`)
    .action(async (check: string, options: AttestOptions) =>
      finish(await (await import('./commands/waive.ts')).attest(check, options, output, environment)),
    );
}

function deciding(command: Command): Command {
  return command
    .requiredOption('--expires <date>', 'the last day on which it counts, in UTC: 2027-01-31')
    .option('--file <file>', `where to write it (default: ${DEFAULT_WAIVERS})`)
    .option(...shared.config)
    .option(...shared.dockerHost)
    .option('--quiet', 'no progress')
    .option(...shared.verbose);
}
