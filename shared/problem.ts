/** Something wrong with a drawing: where, what, and what to do. Errors block Deploy; warnings and infos do not. */
export interface Problem {
  nodeId?: string;
  edgeId?: string;
  /** Output of the node. */
  port?: string;
  /** Name of a parameter of the flow. */
  parameter?: string;
  field?: string;
  level: 'error' | 'warning' | 'info';
  code: string;
  message: string;
  remedy: string;
}
