import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';

/** Checks values against a published schema, read strictly. Null when one fits, else what is wrong with it. */
export function schemaTester(schema: string): (value: unknown) => string | null {
  const ajv = new Ajv2020({ strict: true, strictRequired: false, allowUnionTypes: true });
  formats.default(ajv);
  const validate = ajv.compile(JSON.parse(schema));
  return (value) => (validate(value) ? null : ajv.errorsText(validate.errors));
}
