/** The command that explains checks. */
import type { Command, Option } from './cli.ts';
import type { ChecksOptions } from './commands/checks.ts';
import { examples } from './help.ts';
import type { Output } from './output.ts';

export function addChecksCommand(program: Command, benchmark: Option, output: Output, environment: NodeJS.ProcessEnv): void {
  program
    .command('checks')
    .argument('[check]', 'a check by its id, or a number: every meaning it has in any benchmark version and docker-bench-security release')
    .description('list the checks, or explain one')
    .addOption(benchmark)
    .option('--config <file>', 'configuration whose site checks are listed, too')
    .addHelpText('after', examples(['hullguard checks', 'hullguard checks daemon/icc-disabled', 'hullguard checks 5.10']))
    .action(async (name: string | undefined, options: ChecksOptions) =>
      (await import('./commands/checks.ts')).listChecks(name, options, output, environment),
    );
}
