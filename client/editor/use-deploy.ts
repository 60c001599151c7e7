import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import type { FlowView } from '../../shared/api/flows.ts';
import { asApiError, call } from '../api.ts';
import { toast } from '../ui/toast.tsx';
import { deployState } from './deploy-state.ts';
import { useEditorStore } from './store.ts';

export interface DeployWish {
  /** What is new, for the list of versions. */
  note: string;
  values: Record<string, string>;
}

export interface Deploying {
  deploy: (wish: DeployWish) => void;
  /** Does what the Deploy button does now: asks for a note, deploys again, or shows what is in the way. */
  begin: () => void;
  undeploy: () => void;
  pollNow: () => void;
  isSending: boolean;
}

/** Deploy, Undeploy and Poll now, with what they answer said in a toast. */
export function useDeploy(flow: FlowView, flush: () => Promise<number | undefined>): Deploying {
  const store = useEditorStore();
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const { id } = flow;
  const refresh = async () => queryClient.invalidateQueries({ predicate: ({ queryKey: [name] }) => name !== 'listMessages' });
  const showError = (error: unknown) => {
    const { code, message, remedy } = asApiError(error);
    toast({ text: message, remedy, tone: 'bad' });
    if (code === 'FLOW_HAS_PROBLEMS') store.getState().set({ isProblemsOpen: true });
  };

  const deploy = useMutation({
    mutationFn: async ({ note, values }: DeployWish) => {
      const revision = await flush();
      // Why it could not be saved stands in the header already.
      if (revision === undefined) throw new Error('The draft is not saved, so it was not deployed.');
      return call('deployFlow', { params: { id }, body: { revision, note, values } });
    },
    onSuccess: ({ version, state }) => {
      store.getState().announce(`Version ${version} deployed, ${state}`);
      toast({
        text: `Version ${version} of ${flow.name} is deployed.`,
        tone: 'good',
        action: { label: 'Watch messages', onSelect: () => void navigate({ to: '/monitor/messages', search: { flow: id } }) },
      });
    },
    onError: showError,
    onSettled: refresh,
  });
  const undeploy = useMutation({
    mutationFn: async () => call('undeployFlow', { params: { id } }),
    onSuccess: () =>
      toast({
        text: `${flow.name} is stopping. Messages that run end first; those that wait stay until it is deployed again.`,
        tone: 'good',
      }),
    onError: showError,
    onSettled: refresh,
  });
  const poll = useMutation({ mutationFn: async () => call('pollNow', { params: { id } }), onError: showError, onSettled: refresh });

  const redeploy = () => deploy.mutate({ note: '', values: flow.parameterValues });
  const begin = () => {
    const { document: draft, problems, set } = store.getState();
    const state = deployState({ ...flow, draft, problems, isSending: deploy.isPending });
    if (state.kind === 'blocked') set({ isProblemsOpen: true });
    else if (state.kind === 'ready') set({ overlay: 'deploy' });
    else if (state.kind === 'error') redeploy();
    else toast({ text: state.text });
  };

  return {
    deploy: (wish) => deploy.mutate(wish),
    begin,
    undeploy: () => undeploy.mutate(),
    pollNow: () => poll.mutate(),
    isSending: deploy.isPending,
  };
}
