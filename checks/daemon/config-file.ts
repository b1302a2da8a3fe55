/** What the benchmark takes for granted: that daemon.json is what dockerd runs with, and that dockerd would start with it again. */
import { defineCheck, type Evidence, fail, type Judgement, pass, review, unknown } from '../check.ts';
import { show } from '../families/daemon-setting.ts';

export const configFileValid = defineCheck({
  id: 'daemon/config-file-valid',
  title: 'The daemon would start again with its configuration file',
  severity: 'high',
  stride: ['D'],
  surface: 'daemon',
  rationale: 'A mistake in daemon.json stays unnoticed until the next restart, which then fails and takes the containers with it.',
  fix: 'Mend the file where the evidence says; check it with dockerd --validate (engine 23 and later) and the flags of the service.',
  impact: 'none',
  needs: ['daemon'],
  judge({ daemon: { configFile, conflicts, settings } }): Judgement {
    const { path, status, problem, duplicates, ignored } = configFile;
    const base = { resource: path, subject: { path }, expected: 'valid, each key once, none of them also a flag', source: path };
    const named = settings['config-file']?.origin === 'flag';
    if (status === 'missing' && named) return [{ ...base, ...fail('named on the command line, but not there: dockerd will not start') }];
    if (status === 'missing') return { notApplicable: `${path} does not exist` };
    if (status === 'unreadable') return [{ ...base, ...unknown(`${path}: ${problem ?? 'not readable'}`) }];
    if (status === 'invalid') return [{ ...base, ...fail(problem ?? 'not valid') }];
    const faults = [
      ...conflicts.map(
        ({ key, flag, file }) => `${key} is also a flag (flag ${show(key, flag)}, file ${show(key, file)}): dockerd will not start`,
      ),
      ...duplicates.map((key) => `${key} is given more than once: the last one counts`),
      ...Object.entries(ignored).map(([wrong, right]) => `${wrong} is ignored: the key is ${right}`),
    ];
    return faults.length === 0 ? [{ ...base, ...pass('valid') }] : faults.map((fault): Evidence => ({ ...base, ...fail(fault) }));
  },
});

export const settingsInForce = defineCheck({
  id: 'daemon/settings-in-force',
  title: 'The daemon runs with what its configuration file says',
  severity: 'medium',
  stride: ['T', 'R'],
  surface: 'daemon',
  rationale: 'A setting that waits for a restart protects nothing, and a stranger’s edit shows only when the daemon restarts.',
  fix: 'Restart dockerd in a maintenance window (reload it where every changed key allows that), or take the edit back.',
  impact: 'restart',
  needs: ['daemon', 'engine'],
  judge({ daemon: { settings, configFile, unseen } }): Judgement {
    const base = { resource: configFile.path, expected: 'in force', source: configFile.path };
    const pending = Object.entries(settings).filter(([, setting]) => setting.pending !== undefined);
    if (pending.length > 0) {
      return pending.map(([key, setting]): Evidence => {
        const now = setting.value === undefined ? 'what runs now is unknown' : `${show(key, setting.value)} now`;
        return {
          ...base,
          resource: `setting ${key}`,
          ...fail(`pending restart: ${show(key, setting.pending)} from the next start on, ${now}`),
        };
      });
    }
    if (configFile.status === 'missing') return { notApplicable: `${configFile.path} does not exist` };
    if (configFile.status !== 'read') return [{ ...base, ...unknown(`${configFile.path}: ${configFile.problem ?? 'not readable'}`) }];
    if (unseen !== null) return [{ ...base, ...unknown(`what runs is unknown: ${unseen}`) }];
    const assumed = Object.values(settings).find((setting) => setting.assumed);
    if (assumed) return [{ ...base, ...review(`what was taken out of it since dockerd started still rules: ${assumed.source}`) }];
    return [{ ...base, ...pass('all of it is in force') }];
  },
});
