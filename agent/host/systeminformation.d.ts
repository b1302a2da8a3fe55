/** One module of the package, which describes itself only as a whole. */
declare module 'systeminformation/lib/memory.js' {
  export { mem } from 'systeminformation';
}
