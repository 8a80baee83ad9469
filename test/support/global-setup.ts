/** Starts what all tests share, once a run. */
export default function setup(): void {}
