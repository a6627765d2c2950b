// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"

	"github.com/go-logr/logr"
	"github.com/go-logr/zapr"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"k8s.io/klog/v2"
	ctrl "sigs.k8s.io/controller-runtime"
)

// setLoggers makes the operator and its libraries log one JSON object per line to stderr:
// client-go logs with klog, net/http with the standard library.
func setLoggers(level zapcore.Level) (logr.Logger, error) {
	config := zap.NewProductionConfig()
	config.Level = zap.NewAtomicLevelAt(level)
	config.EncoderConfig.TimeKey = "time"
	config.EncoderConfig.EncodeTime = zapcore.RFC3339NanoTimeEncoder
	writer, err := config.Build(zap.AddStacktrace(zapcore.DPanicLevel))
	if err != nil {
		return logr.Logger{}, fmt.Errorf("creating the logger: %w", err)
	}
	logger := zapr.NewLogger(writer)
	ctrl.SetLogger(logger)
	klog.SetLogger(logger)
	zap.RedirectStdLog(writer)
	return logger, nil
}
