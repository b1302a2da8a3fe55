import { defineCheck, fail, pass } from '../check.ts';

export const rootless = defineCheck({
  id: 'daemon/rootless',
  title: 'The daemon runs without root',
  severity: 'medium',
  stride: ['E'],
  surface: 'daemon',
  rationale: 'Whoever takes over a daemon that runs as root has the host.',
  fix: 'Where the workload allows it, move to rootless mode (dockerd-rootless-setuptool.sh); otherwise waive it with the reason.',
  impact: 'recreate',
  needs: ['daemon', 'engine'],
  judge({ daemon }) {
    const uid = daemon.process?.uid;
    const actual = daemon.rootless ? 'rootless' : `rootful${uid === undefined ? '' : ` (uid ${uid})`}`;
    const verdict = daemon.rootless || (uid !== undefined && uid !== 0) ? pass(actual) : fail(actual);
    return [{ resource: 'dockerd', expected: 'rootless mode', source: 'docker info: SecurityOptions', ...verdict }];
  },
});
