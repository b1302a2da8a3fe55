/** The command line of the threat view. */
import type { Command } from './cli.ts';
import type { ThreatsOptions } from './commands/threats.ts';
import { AUDIT_EXITS, examples, exitStatus } from './help.ts';

const AFTER = '\nIt audits as hullguard audit does, and ends with the same exit status.\n';

const EXAMPLES = [
  'sudo hullguard threats',
  'sudo hullguard threats --surface daemon --stride E',
  'hullguard threats --facts facts.json --report json=threats.json',
];

/** Makes it of a command that has the options of an audit. */
export function forThreats(command: Command, act: (options: ThreatsOptions) => Promise<void>): Command {
  return command
    .description('tell what can go wrong on this host, what stands against it, and what to mend first; changes nothing')
    .option('--surface <name>', 'only this one: client, host, daemon, registry, image, container, orchestrator')
    .option('--stride <letter>', 'only this kind: S, T, R, I, D or E')
    .option('--all', 'show threats that are guarded against, too')
    .addHelpText('after', () => `${AFTER}${exitStatus(AUDIT_EXITS)}${examples(EXAMPLES)}`)
    .action(act);
}
