/** The command line of the resident agent. */

import { DEFAULT_WAIVERS } from './choices.ts';
import type { Command, Finish } from './cli.ts';
import { repeat } from './cli-history.ts';
import type { AgentOptions } from './commands/agent.ts';
import { CONFIG_HELP, examples } from './help.ts';
import type { Output } from './output.ts';

const AFTER = `
It runs until SIGTERM, and takes a changed configuration on SIGHUP. It changes nothing on the host but its own state in
/var/lib/hullguard. systemd/hullguard.service runs it with no more rights than that takes.

Exit status:
  0  ended by a signal
  2  wrong usage or configuration, or another agent runs
`;

export function addAgentCommand(program: Command, output: Output, environment: NodeJS.ProcessEnv, finish: Finish): void {
  program
    .command('agent')
    .description('watch this host: audit it, and tell of drift as it happens, with who caused it')
    .option('--config <file>', CONFIG_HELP)
    .option('--waivers <file>', `waivers beside those of ${DEFAULT_WAIVERS}; repeatable`, repeat)
    .option('--docker-host <url>', 'engine to watch (default: DOCKER_HOST, then the running engine’s own socket)')
    .option('--audit-rules', 'print the audit rules that this host lacks to tell who made a change, and end')
    .addHelpText(
      'after',
      () => `${AFTER}${examples(['sudo systemctl enable --now hullguard', 'sudo hullguard agent', 'hullguard status'])}`,
    )
    .action(async ({ auditRules, ...options }: AgentOptions & { readonly auditRules?: true }) =>
      finish(
        auditRules
          ? await (await import('./commands/audit-rules.ts')).auditRules(options, output, environment)
          : await (await import('./commands/agent.ts')).agent(options, output, environment),
      ),
    );
}
