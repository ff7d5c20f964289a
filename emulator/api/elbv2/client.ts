// The ELBv2 API as a caller sees it: what the controller is handed, and what `api` implements in process.
import type * as elb from '@aws-sdk/client-elastic-load-balancing-v2';

type Call<I, O> = (input: I) => Promise<Omit<O, '$metadata'>>;

/**
 * The operations that a Service's life cycle needs. A refusal is thrown as AwsFault (wire/fault.ts) with AWS's
 * code, message and HTTP status, as over HTTP.
 */
export type Elbv2Api = {
  AddListenerCertificates: Call<elb.AddListenerCertificatesCommandInput, elb.AddListenerCertificatesCommandOutput>;
  AddTags: Call<elb.AddTagsCommandInput, elb.AddTagsCommandOutput>;
  CreateListener: Call<elb.CreateListenerCommandInput, elb.CreateListenerCommandOutput>;
  CreateLoadBalancer: Call<elb.CreateLoadBalancerCommandInput, elb.CreateLoadBalancerCommandOutput>;
  CreateTargetGroup: Call<elb.CreateTargetGroupCommandInput, elb.CreateTargetGroupCommandOutput>;
  DeleteListener: Call<elb.DeleteListenerCommandInput, elb.DeleteListenerCommandOutput>;
  DeleteLoadBalancer: Call<elb.DeleteLoadBalancerCommandInput, elb.DeleteLoadBalancerCommandOutput>;
  DeleteTargetGroup: Call<elb.DeleteTargetGroupCommandInput, elb.DeleteTargetGroupCommandOutput>;
  DeregisterTargets: Call<elb.DeregisterTargetsCommandInput, elb.DeregisterTargetsCommandOutput>;
  DescribeCapacityReservation: Call<elb.DescribeCapacityReservationCommandInput, elb.DescribeCapacityReservationCommandOutput>;
  DescribeListenerAttributes: Call<elb.DescribeListenerAttributesCommandInput, elb.DescribeListenerAttributesCommandOutput>;
  DescribeListenerCertificates: Call<elb.DescribeListenerCertificatesCommandInput, elb.DescribeListenerCertificatesCommandOutput>;
  DescribeListeners: Call<elb.DescribeListenersCommandInput, elb.DescribeListenersCommandOutput>;
  DescribeLoadBalancerAttributes: Call<elb.DescribeLoadBalancerAttributesCommandInput, elb.DescribeLoadBalancerAttributesCommandOutput>;
  DescribeLoadBalancers: Call<elb.DescribeLoadBalancersCommandInput, elb.DescribeLoadBalancersCommandOutput>;
  DescribeRules: Call<elb.DescribeRulesCommandInput, elb.DescribeRulesCommandOutput>;
  DescribeTags: Call<elb.DescribeTagsCommandInput, elb.DescribeTagsCommandOutput>;
  DescribeTargetGroupAttributes: Call<elb.DescribeTargetGroupAttributesCommandInput, elb.DescribeTargetGroupAttributesCommandOutput>;
  DescribeTargetGroups: Call<elb.DescribeTargetGroupsCommandInput, elb.DescribeTargetGroupsCommandOutput>;
  DescribeTargetHealth: Call<elb.DescribeTargetHealthCommandInput, elb.DescribeTargetHealthCommandOutput>;
  ModifyCapacityReservation: Call<elb.ModifyCapacityReservationCommandInput, elb.ModifyCapacityReservationCommandOutput>;
  ModifyListener: Call<elb.ModifyListenerCommandInput, elb.ModifyListenerCommandOutput>;
  ModifyListenerAttributes: Call<elb.ModifyListenerAttributesCommandInput, elb.ModifyListenerAttributesCommandOutput>;
  ModifyLoadBalancerAttributes: Call<elb.ModifyLoadBalancerAttributesCommandInput, elb.ModifyLoadBalancerAttributesCommandOutput>;
  ModifyTargetGroup: Call<elb.ModifyTargetGroupCommandInput, elb.ModifyTargetGroupCommandOutput>;
  ModifyTargetGroupAttributes: Call<elb.ModifyTargetGroupAttributesCommandInput, elb.ModifyTargetGroupAttributesCommandOutput>;
  RegisterTargets: Call<elb.RegisterTargetsCommandInput, elb.RegisterTargetsCommandOutput>;
  RemoveListenerCertificates: Call<elb.RemoveListenerCertificatesCommandInput, elb.RemoveListenerCertificatesCommandOutput>;
  RemoveTags: Call<elb.RemoveTagsCommandInput, elb.RemoveTagsCommandOutput>;
  SetIpAddressType: Call<elb.SetIpAddressTypeCommandInput, elb.SetIpAddressTypeCommandOutput>;
  SetSecurityGroups: Call<elb.SetSecurityGroupsCommandInput, elb.SetSecurityGroupsCommandOutput>;
  SetSubnets: Call<elb.SetSubnetsCommandInput, elb.SetSubnetsCommandOutput>;
};
