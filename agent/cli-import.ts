/** The command that shows another tool's findings beside ours. It is loaded when it is called. */
import { plainFormats } from './choices.ts';
import type { Command, Finish } from './cli.ts';
import { repeat } from './cli-history.ts';
import type { ImportOptions } from './commands/import.ts';
import { examples, exitStatus, reportOption, shared } from './help.ts';
import type { Output } from './output.ts';

const AFTER = `
FILE is the JSON or text log of docker-bench-security, or a list of findings
such as "[WARN] 2.2 - …". docs/import.md tells more.
`;

const EXITS = {
  0: 'what it speaks of is in order here',
  1: 'some of it fails here',
  2: 'wrong usage, or nothing in the file could be read',
  3: 'some of it could not be told or judged, or a report not be written',
};

const EXAMPLES = [
  'sudo hullguard import docker-bench-security.log.json',
  'hullguard import findings.txt --facts facts.json',
  'hullguard import findings.txt --release 1.3.5 --against report.json --report json=import.json',
];

export function addImportCommand(program: Command, output: Output, environment: NodeJS.ProcessEnv, finish: Finish): void {
  program
    .command('import')
    .argument('<file>', 'the log')
    .description('show findings of docker-bench-security beside those of hullguard, and why they differ; changes nothing')
    .option('--release <name>', 'release of docker-bench-security that wrote it (default: told by its titles)')
    .option(...shared.facts)
    .option('--against <file>', 'take the verdicts of this report (audit --report json=FILE); touches no host')
    .option(...reportOption(plainFormats), repeat)
    .option('--all', 'show what both say alike, too')
    .option(...shared.config)
    .option(...shared.dockerHost)
    .option(...shared.root)
    .option(...shared.noColor)
    .option('--quiet', 'only the findings, and the summary')
    .option(...shared.verbose)
    .addHelpText('after', () => `${AFTER}${exitStatus(EXITS)}${examples(EXAMPLES)}`)
    .action(async (file: string, options: ImportOptions) =>
      finish(await (await import('./commands/import.ts')).importLog(file, options, output, environment)),
    );
}
