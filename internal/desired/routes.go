// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package desired

import (
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// validateNames refuses containers of one name in a pod template, which the API server
// refuses too, and ports of one name: a Service would lead to the first of them. The
// template may be nil.
func validateNames(template *corev1.PodTemplateSpec) error {
	if template == nil {
		return nil
	}
	containers, ports := map[string]bool{}, map[string]string{}
	for _, container := range slices.Concat(template.Spec.InitContainers, template.Spec.Containers) {
		if containers[container.Name] {
			return fmt.Errorf("it would have two containers named %q; write another name for the one that the patch adds", container.Name)
		}
		containers[container.Name] = true
		for _, port := range container.Ports {
			if port.Name == "" {
				continue
			}
			if other, taken := ports[port.Name]; taken {
				return fmt.Errorf("its containers %q and %q would each have a port named %q, and the Service would lead to one of them; "+
					"write another name for the port that the patch adds", other, container.Name, port.Name)
			}
			ports[port.Name] = container.Name
		}
	}
	return nil
}

// validateRoutes refuses patches after which a Service no longer leads to where it was
// rendered to lead: the port of the component's own container. The patches are judged
// together, as one may change the Service and another one the pods.
func (p *patcher) validateRoutes() error {
	for _, service := range p.objects {
		typed, ok := service.typed.(*corev1.Service)
		if !ok {
			continue
		}
		for _, pods := range p.objects {
			template := templateOf(pods.typed)
			// A component's Service and its pods' controller have one name.
			if template == nil || pods.typed.GetName() != typed.Name || pods.port == nil {
				continue
			}
			if err := validateRoute(typed, template, pods.containers[0], *pods.port); err != nil {
				return &PatchError{Index: max(service.patchedBy, pods.patchedBy), Err: err}
			}
		}
	}
	return nil
}

// validateRoute refuses a Service whose port of a rendered name does not lead to that port
// of a container.
func validateRoute(service *corev1.Service, template *corev1.PodTemplateSpec, container string, rendered corev1.ContainerPort) error {
	i := slices.IndexFunc(service.Spec.Ports, func(port corev1.ServicePort) bool { return port.Name == rendered.Name })
	if i < 0 {
		return fmt.Errorf("its Service %s would have no port named %q; remove this change from the patch", service.Name, rendered.Name)
	}
	target := service.Spec.Ports[i].TargetPort
	owner, number := container, target.IntVal
	if target.Type == intstr.String {
		owner, number = portNamed(template, target.StrVal)
	}
	switch {
	case number == 0:
		return fmt.Errorf("its Service %s would lead to no container: its targetPort is %q, and no container has a port of that name; "+
			"keep the port %q of the container %q", service.Name, target.String(), rendered.Name, container)
	case owner != container:
		return fmt.Errorf("its Service %s would lead to the port %q of the container %q instead of the container %q; "+
			"write another name for that port", service.Name, target.StrVal, owner, container)
	case number != rendered.ContainerPort:
		return fmt.Errorf("its Service %s would lead to the port %d, and the container %q listens on %d; "+
			"remove this change from the patch; the field port of a component changes its port everywhere",
			service.Name, number, container, rendered.ContainerPort)
	}
	return nil
}

// portNamed is where Kubernetes finds a named port of a pod: a container and the number, 0 if
// there is none.
func portNamed(template *corev1.PodTemplateSpec, name string) (container string, number int32) {
	for _, c := range slices.Concat(template.Spec.Containers, template.Spec.InitContainers) {
		for _, port := range c.Ports {
			if port.Name == name && (port.Protocol == corev1.ProtocolTCP || port.Protocol == "") {
				return c.Name, port.ContainerPort
			}
		}
	}
	return "", 0
}

// firstPort is the port of the first container of a pod template, nil if there is none.
func firstPort(template *corev1.PodTemplateSpec) *corev1.ContainerPort {
	if template == nil || len(template.Spec.Containers) == 0 || len(template.Spec.Containers[0].Ports) == 0 {
		return nil
	}
	return &template.Spec.Containers[0].Ports[0]
}
