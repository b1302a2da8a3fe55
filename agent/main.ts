/** The program. Commands set the exit status and return; nothing is cut off. */
import { run } from './cli.ts';
import { terminal } from './output.ts';

const environment = { ...process.env };
// dockerode and its kin read these by themselves: whole answers to the log, another engine than the one chosen.
for (const name of ['DEBUG', 'DOCKER_HOST', 'DOCKER_TLS_VERIFY', 'DOCKER_CERT_PATH', 'DOCKER_PATH_PREFIX', 'DOCKER_CLIENT_TIMEOUT'])
  delete process.env[name];
process.exitCode = await run(process.argv.slice(2), terminal(environment), environment);
