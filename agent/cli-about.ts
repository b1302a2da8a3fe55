/** The commands that tell of hullguard itself. */
import { aboutTopics, type Document, documents, type Shell, shells, type Topic } from './choices.ts';
import type { ArgumentOf, Command } from './cli.ts';
import { about } from './commands/about.ts';
import { examples } from './help.ts';
import type { Output } from './output.ts';

export function addAboutCommands(program: Command, output: Output, argument: ArgumentOf): void {
  program
    .command('schema')
    .addArgument(argument('<document>', 'what to describe').choices(documents))
    .description('print the JSON Schema of a document')
    .addHelpText('after', examples(['hullguard schema config > hullguard.schema.json']))
    .action(async (name: Document) => output.print((await import('./commands/schema.ts')).printSchema(name)));
  program
    .command('completion')
    .addArgument(argument('<shell>', 'for which shell').choices(shells))
    .description('print what completes commands in a shell')
    .addHelpText('after', examples(COMPLETION_EXAMPLES))
    .action(async (shell: Shell) => output.print((await import('./commands/completion.ts')).printCompletion(shell, program)));
  program
    .command('about')
    .addArgument(
      argument('[topic]', 'build: version, commit and Node; licenses: of all that is inside; sbom: in CycloneDX').choices(aboutTopics),
    )
    .description('tell how this program was built')
    .addHelpText('after', examples(['hullguard about', 'hullguard about sbom > hullguard.cdx.json']))
    .action((topic: Topic = 'build') => output.print(about(topic)));
}

const COMPLETION_EXAMPLES = [
  'hullguard completion bash > /etc/bash_completion.d/hullguard',
  'hullguard completion zsh > /usr/local/share/zsh/site-functions/_hullguard',
  'hullguard completion fish > ~/.config/fish/completions/hullguard.fish',
];
