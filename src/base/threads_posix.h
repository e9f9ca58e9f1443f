/*
 * threads_posix.h - C11's threads over POSIX threads, in place of <threads.h>.
 *
 * macOS and Windows have no <threads.h>; compilers for Windows bring POSIX threads.  The thread
 * sanitizers of gcc 12 and clang 14 do not know the functions of <threads.h>.  Only the part that
 * the library and its tests use is here.
 */
#ifndef BP_THREADS_POSIX_H
#define BP_THREADS_POSIX_H

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>

typedef pthread_t thrd_t;
typedef pthread_mutex_t mtx_t;
typedef pthread_cond_t cnd_t;
typedef int (*thrd_start_t)(void *);

enum { thrd_success, thrd_error };
enum { mtx_plain };

struct thread_start {
	thrd_start_t function;
	void *arg;
};

static inline void *run_thread(void *p)
{
	struct thread_start s = *(struct thread_start *)p;

	free(p);
	return (void *)(intptr_t)s.function(s.arg);
}

static inline int thrd_create(thrd_t *t, thrd_start_t function, void *arg)
{
	struct thread_start *s = malloc(sizeof(*s));

	if (s == NULL)
		return thrd_error;
	*s = (struct thread_start){ function, arg };
	if (pthread_create(t, NULL, run_thread, s) == 0)
		return thrd_success;
	free(s);
	return thrd_error;
}

static inline int thrd_join(thrd_t t, int *result)
{
	void *r;

	if (pthread_join(t, &r) != 0)
		return thrd_error;
	if (result != NULL)
		*result = (int)(intptr_t)r;
	return thrd_success;
}

static inline int mtx_init(mtx_t *m, int type)
{
	(void)type;
	return pthread_mutex_init(m, NULL) == 0 ? thrd_success : thrd_error;
}

static inline void mtx_destroy(mtx_t *m) { pthread_mutex_destroy(m); }
static inline int mtx_lock(mtx_t *m) { return pthread_mutex_lock(m); }
static inline int mtx_unlock(mtx_t *m) { return pthread_mutex_unlock(m); }

static inline int cnd_init(cnd_t *c)
{
	return pthread_cond_init(c, NULL) == 0 ? thrd_success : thrd_error;
}

static inline void cnd_destroy(cnd_t *c) { pthread_cond_destroy(c); }
static inline int cnd_wait(cnd_t *c, mtx_t *m) { return pthread_cond_wait(c, m); }
static inline int cnd_signal(cnd_t *c) { return pthread_cond_signal(c); }
static inline int cnd_broadcast(cnd_t *c) { return pthread_cond_broadcast(c); }

#endif
