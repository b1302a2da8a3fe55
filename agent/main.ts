/** The program. Commands set the exit status and return; nothing is cut off. */
import { inspect } from 'node:util';
import { complaint, exitCodes } from './errors.ts';
import { stayLean } from './memory.ts';
import { terminal } from './output.ts';

const environment = { ...process.env };
// Packages and Node read these by themselves: whole answers to the log, another engine than the one chosen, any certificate for an engine.
const LEADING_ASTRAY = [
  'DEBUG',
  'DOCKER_HOST',
  'DOCKER_TLS_VERIFY',
  'DOCKER_CERT_PATH',
  'DOCKER_PATH_PREFIX',
  'DOCKER_CLIENT_TIMEOUT',
  'NODE_TLS_REJECT_UNAUTHORIZED',
];
for (const name of LEADING_ASTRAY) delete process.env[name];
// Packages ask for what Node would rather have otherwise. Whoever runs us can do nothing about it.
process.noDeprecation = true;
if (process.argv[2] === 'agent') stayLean();
const output = terminal(environment);
const report = (bug: string): void => output.say(complaint(`an error of its own, please report it\n${bug}`));
process.on('uncaughtException', (bug: unknown) => {
  report(inspect(bug));
  // 1, as Node would have it, would read as a finished audit. What had begun must not keep it: nobody would start the agent anew.
  setTimeout(() => process.exit(exitCodes.incomplete), 1000).unref();
  process.on('exit', () => {
    process.exitCode = exitCodes.incomplete;
  });
});
// Node ends once there is nothing to wait for, whether or not what is awaited has come.
const early = (): void => {
  report('it ended before it was done');
  process.exitCode = exitCodes.incomplete;
};
process.once('beforeExit', early);
void import('./cli.ts')
  .then(({ run }) => run(process.argv.slice(2), output, environment))
  .then((code) => {
    process.off('beforeExit', early);
    process.exitCode = code;
  });
