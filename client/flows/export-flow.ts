import { asApiError, call } from '../api.ts';
import { toast } from '../ui/toast.tsx';

/** Hands the draft of a flow, or one of its versions, to the browser as a file. */
export async function exportFlow(flowId: string, format: 'yaml' | 'json', version?: number): Promise<void> {
  try {
    const { fileName, text } = await call('getFlowFile', { params: { id: flowId }, query: { format, version } });
    const url = URL.createObjectURL(new Blob([text], { type: format === 'json' ? 'application/json' : 'application/yaml' }));
    const link = document.createElement('a');
    link.href = url;
    link.download = fileName;
    link.click();
    URL.revokeObjectURL(url);
  } catch (error) {
    const { message, remedy } = asApiError(error);
    toast({ text: `Not exported. ${message} ${remedy}`, tone: 'bad' });
  }
}
