/** The command line of the resident agent. */
import type { Command, Finish } from './cli.ts';
import { repeat } from './cli-history.ts';
import type { AgentOptions } from './commands/agent.ts';
import { examples, exitStatus, shared } from './help.ts';
import type { Output } from './output.ts';

const AFTER = `
It runs until SIGTERM, and takes a changed configuration on SIGHUP. It changes nothing on the host but its own state in
/var/lib/hullguard. systemd/hullguard.service runs it with no more rights than that takes.
`;

const EXITS = {
  0: 'ended by a signal, or the audit rules are printed',
  2: 'wrong usage or configuration, or another agent runs',
  3: 'its state cannot be used, or the audit rules not be read',
};

export function addAgentCommand(program: Command, output: Output, environment: NodeJS.ProcessEnv, finish: Finish): void {
  program
    .command('agent')
    .description('watch this host: audit it, and tell of drift as it happens, with who caused it')
    .option(...shared.config)
    .option(...shared.waivers, repeat)
    .option(...shared.dockerHost)
    .option('--audit-rules', 'print the audit rules that this host lacks to tell who made a change, and end')
    .addHelpText(
      'after',
      () =>
        `${AFTER}${exitStatus(EXITS)}${examples(['sudo systemctl enable --now hullguard', 'sudo hullguard agent', 'hullguard status'])}`,
    )
    .action(async ({ auditRules, ...options }: AgentOptions & { readonly auditRules?: true }) =>
      finish(
        auditRules
          ? await (await import('./commands/audit-rules.ts')).auditRules(options, output, environment)
          : await (await import('./commands/agent.ts')).agent(options, output, environment),
      ),
    );
}
