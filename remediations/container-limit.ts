import { defineRemediation } from './remediation.ts';

export const containerLimit = defineRemediation('container-limit', { needs: [], plan: () => ({ refused: 'not written yet' }) });
