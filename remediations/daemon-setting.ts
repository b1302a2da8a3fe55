/** A key of daemon.json: written, and taken by dockerd at the least cost that is safe. */
import type { Goals } from '../checks/check.ts';
import { type Setting, sameSetting } from '../facts/daemon.ts';
import { valueInFile } from '../facts/dockerd-options.ts';
import type { Facts } from '../facts/index.ts';
import { settingEffects } from './daemon-effects.ts';
import { fileRefusal, flagRefusal, flagsOf } from './daemon-file.ts';
import { companionRefusal, valueRefusal } from './daemon-values.ts';
import type { Applied } from './plan.ts';
import { defineRemediation } from './remediation.ts';

const needs = ['daemon', 'processes', 'units', 'files', 'mounts', 'engine', 'containers', 'swarm'] as const;
/** What is known of the host, wherever a plan for dockerd's settings is made. */
export type Known = Pick<Facts, (typeof needs)[number]>;

export const daemonSetting = defineRemediation('daemon-setting', {
  needs,
  plan(goal: Goals['daemon-setting'], facts: Known) {
    const { key, value: after } = goal;
    const { configFile, settings } = facts.daemon;
    const path = configFile.target ?? configFile.path;
    const before = configFile.keys[key];
    const written = valueInFile(key, before);
    const isWritten = written !== undefined && sameSetting(key, written, after);
    const setting: Setting = settings[key] ?? { origin: null, source: 'not among the recorded facts' };
    const inForce = setting.value !== undefined && sameSetting(key, setting.value, after);
    // What runs is as it should be, and only the next start would change it: then the file alone is mended.
    const impact = inForce ? 'none' : activation(key, facts);
    const refused =
      fileRefusal(goal, facts) ?? flagRefusal(key, facts) ?? valueRefusal(goal, facts, impact) ?? companionRefusal(facts, impact);
    if (refused !== null) return { refused };
    return {
      changes: isWritten ? [] : [{ kind: 'setting', path, key, ...(before !== undefined && { before }), after }],
      impact,
      effects: impact === 'none' ? [] : settingEffects(key, facts),
    };
  },
});

/** Keys that dockerd takes on SIGHUP, written out: one that is gone from the file keeps its value until a restart. */
const RELOADABLE = ['live-restore', 'insecure-registries', 'debug'];

/** Flags whose value SIGHUP replaces by the file's, or by the default, without a word: authorization plugins would be off. */
const LOST_BY_RELOAD = ['authorization-plugins', 'features', 'max-concurrent-downloads', 'max-concurrent-uploads'];

function activation(key: string, facts: Known): Applied {
  const flags = flagsOf(facts);
  const loses = LOST_BY_RELOAD.some((flag) => Object.hasOwn(flags, flag));
  return RELOADABLE.includes(key) && !loses ? 'reload' : 'restart';
}
