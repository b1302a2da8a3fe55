/** The command line of `hullguard config`. */
import { DEFAULT_CONFIG } from './choices.ts';
import type { Command } from './cli.ts';
import { examples } from './help.ts';
import type { Output } from './output.ts';

const FILE = `file, or directory with config.yaml and conf.d (default: HULLGUARD_CONFIG, then ${DEFAULT_CONFIG})`;

export function addConfigCommands(program: Command, output: Output, environment: NodeJS.ProcessEnv): void {
  const config = program
    .command('config')
    .description('work with the configuration')
    .addHelpText('after', examples(['hullguard config check', 'hullguard config show']));
  config
    .command('check')
    .argument('[config]', FILE)
    .description('say whether a configuration is valid, and each place where it is not')
    .addHelpText('after', examples(['hullguard config check', 'hullguard config check ./config.yaml', 'hullguard config check ./etc']))
    .action(async (file: string | undefined) => (await import('./commands/config.ts')).checkConfig(file, output, environment));
  config
    .command('show')
    .argument('[config]', FILE)
    .description('print what counts, and which file and line says so')
    .addHelpText('after', examples(['hullguard config show']))
    .action(async (file: string | undefined) => (await import('./commands/config.ts')).showConfig(file, output, environment));
}
