// Names of load balancers in a Corefile: put in, replaced, and taken out again without a trace.
import test from 'ava';
import fc from 'fast-check';
import { withNames, withoutNames, type ServiceName } from '../../emulator/clusters/corefile.js';

// As kubeadm writes it for a kind cluster.
const corefile = `.:53 {
    errors
    health {
       lameduck 5s
    }
    ready
    kubernetes cluster.local in-addr.arpa ip6.arpa {
       pods insecure
       fallthrough in-addr.arpa ip6.arpa
       ttl 30
    }
    prometheus :9153
    forward . /etc/resolv.conf {
       max_concurrent 1000
    }
    cache 30
    loop
    reload
    loadbalance
}
`;

const ui: ServiceName = { name: 'k8s-ui-uinlb-0123456789-0123456789abcdef.elb.us-west-2.amazonaws.com', namespace: 'ui', service: 'ui-nlb' };

test('a name leads to its Service, and the answer has the name that was asked for', (t) => {
  t.is(withNames(corefile, [ui]), corefile.replace('.:53 {\n', String.raw`.:53 {
    # >>> nlbox
    rewrite stop {
        name regex ^k8s-ui-uinlb-0123456789-0123456789abcdef\.elb\.us-west-2\.amazonaws\.com\.?$ ui-nlb.ui.svc.cluster.local
        answer name ^ui-nlb\.ui\.svc\.cluster\.local\.?$ k8s-ui-uinlb-0123456789-0123456789abcdef.elb.us-west-2.amazonaws.com
    }
    # <<< nlbox
`));
});

test('names are replaced, never piled up, and go without a trace', (t) => {
  const other = { ...ui, name: 'other-0123456789abcdef.elb.us-west-2.amazonaws.com' };
  const once = withNames(corefile, [ui]);
  t.is(withNames(once, [ui]), once);
  t.is(withNames(once, [other]), withNames(corefile, [other]));
  t.is(withNames(once, []), corefile);
  t.is(withoutNames(once), corefile);
});

test('every server block of the root gets them, those of other zones do not; a domain of its own is kept', (t) => {
  const text = 'example.org:53 {\n    errors\n}\n. {\n    kubernetes k8s.local. in-addr.arpa\n}\nexample.com .:5353 {\n}\n';
  const changed = withNames(text, [ui]);
  t.is(changed.split('# >>> nlbox').length - 1, 2);
  t.true(changed.startsWith('example.org:53 {\n    errors\n}\n'));
  t.true(changed.includes(' ui-nlb.ui.svc.k8s.local\n'));
  t.is(withNames('example.org {\n}\n', [ui]), 'example.org {\n}\n');
});

test('whatever the file holds, taking out undoes putting in', (t) => {
  const line = fc.constantFrom('.:53 {', '}', '    errors', '# comment', '', 'com.:53 {', '. example.org {', '    forward . /etc/resolv.conf {');
  fc.assert(fc.property(fc.array(line), (lines) => withoutNames(withNames(lines.join('\n'), [ui])) === lines.join('\n')));
  t.pass();
});
