/** What may follow on the command line, as the command definitions say it: for completion in shells, and for the manual page. */
import type { Command } from './cli.ts';
import { formatsIn } from './help.ts';

/** What stands in a place: one of some words, a path, the id of a check, or something that only the user knows. */
export type Value = { readonly words: readonly string[] } | 'file' | 'directory' | 'check' | 'other';

export interface Flag {
  readonly names: readonly string[];
  readonly description: string;
  /** Null for a switch. */
  readonly value: Value | null;
}

export interface Node {
  /** `history verify`; empty for the program. */
  readonly path: string;
  readonly description: string;
  readonly commands: readonly { readonly name: string; readonly description: string }[];
  readonly flags: readonly Flag[];
  /** What the first argument may be; null where the command takes none. */
  readonly argument: Value | null;
}

/** The program and every command below it. */
export function commandTree(command: Command, above: readonly string[] = []): Node[] {
  const help = command.createHelp();
  const below = help.visibleCommands(command).filter((each) => each.name() !== 'help');
  const argument = command.registeredArguments[0];
  return [
    {
      path: above.join(' '),
      description: command.description(),
      commands: below.map((each) => ({ name: each.name(), description: each.description() })),
      flags: help.visibleOptions(command).map(({ short, long, description, flags, argChoices, required, optional }) => ({
        names: [short, long].filter((name) => name !== undefined),
        description,
        value: required || optional ? kindOf(/[<[]([^>]*?)[>\]]?$/.exec(flags)?.[1] ?? '', argChoices ?? formatsIn(description)) : null,
      })),
      argument: argument === undefined ? null : kindOf(argument.name(), argument.argChoices),
    },
    ...below.flatMap((each) => commandTree(each, [...above, each.name()])),
  ];
}

function kindOf(name: string, choices: readonly string[] | undefined): Value {
  if (choices !== undefined) return { words: choices };
  if (name === 'file') return 'file';
  if (name === 'dir') return 'directory';
  return name === 'check' || name === 'pattern' ? 'check' : 'other';
}
