import { defineCheck } from '../check.ts';
import { judgeSetting } from '../families/daemon-setting.ts';

/** Debug mode wins over the log level, so both are looked at. An empty level means info. */
export const logLevel = defineCheck({
  id: 'daemon/log-level-info',
  title: 'The daemon logs at level info',
  severity: 'low',
  stride: ['R', 'I'],
  surface: 'daemon',
  rationale: 'Less than info loses the evidence of an attack; debug writes sensitive requests to the log.',
  fix: 'Remove "log-level" and "debug" from daemon.json or the command line, or set them to "info" and false; then restart dockerd.',
  impact: 'restart',
  goal: 'daemon-setting',
  needs: ['daemon'],
  judge: ({ daemon }) => [
    judgeSetting(daemon, {
      key: 'log-level',
      expected: 'log-level=info',
      wanted: 'info',
      accepts: (value) => value === 'info' || value === '',
    }),
    judgeSetting(daemon, { key: 'debug', expected: 'debug=false', wanted: false, accepts: (value) => value === false }),
  ],
});
