import { defineCheck, fail, pass, type Verdict } from '../check.ts';

export const authorizationPlugin = defineCheck({
  id: 'daemon/authorization-plugin',
  title: 'An authorization plugin decides who may do what through the API',
  severity: 'medium',
  stride: ['E'],
  surface: 'daemon',
  rationale: 'Without one, everybody with access to the API may do everything.',
  fix: 'Install an authorization plugin and name it in "authorization-plugins", or attest what stands in front of the API instead.',
  impact: 'restart',
  needs: ['engine', 'policy'],
  judge({ engine, policy }) {
    const plugins = engine.info.Plugins?.Authorization ?? [];
    return [
      {
        resource: 'dockerd',
        expected: 'an authorization plugin',
        source: 'docker info: Plugins.Authorization',
        ...judgePlugins(plugins, policy.authorizationPlugins),
      },
    ];
  },
});

function judgePlugins(plugins: readonly string[], expected: readonly string[] | undefined): Verdict {
  const missing = (expected ?? []).filter((name) => !plugins.includes(name));
  if (plugins.length === 0) return fail('none');
  if (missing.length > 0) return fail(`${plugins.join(', ')}; missing: ${missing.join(', ')}`);
  return pass(`${plugins.join(', ')} (as of dockerd's start)`);
}
