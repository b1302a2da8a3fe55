import { defineRemediation } from './remediation.ts';

export const daemonSetting = defineRemediation('daemon-setting', { needs: [], plan: () => ({ refused: 'not written yet' }) });
