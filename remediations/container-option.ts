import { defineRemediation } from './remediation.ts';

export const containerOption = defineRemediation('container-option', { needs: [], plan: () => ({ refused: 'not written yet' }) });
