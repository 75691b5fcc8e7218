/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pipes as flows: all bytes in order, writers that wait, interrupts, and flags that stay as they
 * were. */

#include "flow.h"
#include "io_fixture.h"

#include <pthread.h>
#include <sys/socket.h>

enum { MEMORY = 4 << 20 };

struct scene {
    struct ocs_loop *loop;
    struct ocs_budget *budget;
    struct ocs_error *error;
};

static struct scene open_scene(struct fixture *fixture)
{
    struct scene scene = {.error = &fixture->error};
    assert_int_equal(ocs_loop_create(&scene.loop, scene.error), OCS_OK);
    assert_int_equal(ocs_budget_create(MEMORY, &scene.budget, scene.error), OCS_OK);
    return scene;
}

static void close_scene(struct scene *scene)
{
    ocs_loop_destroy(scene->loop);
    ocs_budget_destroy(scene->budget);
}

/* With `descriptor` as standard input. */
static struct ocs_flow *open_input(struct scene *scene, int descriptor, int *saved_ret)
{
    *saved_ret = dup(STDIN_FILENO);
    assert_int_equal(dup2(descriptor, STDIN_FILENO), STDIN_FILENO);
    assert_true(ocs_flow_is_pipe("-"));
    struct ocs_flow *flow;
    assert_int_equal(ocs_flow_open_pipe(scene->loop, scene->budget, "-", &flow, scene->error),
                     OCS_OK);
    assert_string_equal(ocs_flow_path(flow), "standard input");
    return flow;
}

static void close_input(struct ocs_flow *flow, int saved)
{
    ocs_flow_close(flow);
    dup2(saved, STDIN_FILENO);
    close(saved);
}

struct writing {
    int descriptor;
    uint64_t bytes;
};

static void *write_all(void *argument)
{
    const struct writing *const writing = argument;
    for (uint64_t done = 0; done < writing->bytes;) {
        unsigned char bytes[3000];
        uint64_t count = 0;
        for (; count < sizeof bytes && done + count < writing->bytes; ++count)
            bytes[count] = byte_at(done + count);
        for (uint64_t put = 0; put < count;) {
            const ssize_t now = write(writing->descriptor, bytes + put, count - put);
            if (now <= 0)
                return NULL;
            put += (uint64_t)now;
        }
        done += count;
    }
    close(writing->descriptor);
    return NULL;
}

static void assert_all_bytes(struct scene *scene, struct ocs_flow *flow, uint64_t bytes)
{
    uint64_t seen = 0, count;
    const unsigned char *chunk;
    do {
        assert_int_equal(ocs_flow_next(flow, &chunk, &count, scene->error), OCS_OK);
        for (uint64_t i = 0; i < count; ++i)
            assert_int_equal(chunk[i], byte_at(seen + i));
        seen += count;
    } while (count > 0);
    assert_int_equal(seen, bytes);
    assert_int_equal(ocs_flow_next(flow, &chunk, &count, scene->error), OCS_OK);
    assert_int_equal(count, 0);
}

static void through(struct fixture *fixture, int ends[2], uint64_t bytes)
{
    struct scene scene = open_scene(fixture);
    int saved;
    const int before = fcntl(ends[0], F_GETFL);
    struct ocs_flow *const flow = open_input(&scene, ends[0], &saved);
    struct writing writing = {ends[1], bytes};
    pthread_t writer;
    assert_int_equal(pthread_create(&writer, NULL, write_all, &writing), 0);
    assert_all_bytes(&scene, flow, bytes);
    pthread_join(writer, NULL);
    assert_true(ocs_budget_in_use(scene.budget) <= ocs_flow_need(flow));
    close_input(flow, saved);
    assert_int_equal(fcntl(ends[0], F_GETFL), before);
    close(ends[0]);
    close_scene(&scene);
}

static void test_pipes_and_sockets_give_all_bytes(void **state)
{
    static const uint64_t sizes[] = {0, 1, 65536, 2000003};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; ++i) {
        int ends[2];
        assert_int_equal(pipe(ends), 0);
        through(*state, ends, sizes[i]);
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
        through(*state, ends, sizes[i]);
    }
}

/* How much a writer that does not wait gets rid of until nothing more is taken for a while. */
static uint64_t pour(int descriptor)
{
    static const unsigned char bytes[4096];
    uint64_t taken = 0;
    for (int idle = 0; idle < 30;) {
        const ssize_t put = write(descriptor, bytes, sizeof bytes);
        if (put > 0) {
            taken += (uint64_t)put;
            idle = 0;
        } else {
            usleep(5000);
            ++idle;
        }
    }
    return taken;
}

static void test_a_writer_waits_for_a_slow_reader(void **state)
{
    struct scene scene = open_scene(*state);
    int ends[2], saved;
    assert_int_equal(pipe2(ends, O_NONBLOCK), 0);
    const uint64_t pipe_bytes = (uint64_t)fcntl(ends[1], F_GETPIPE_SZ);
    struct ocs_flow *const flow = open_input(&scene, ends[0], &saved);
    const uint64_t taken = pour(ends[1]);
    assert_true(taken >= pipe_bytes && taken <= pipe_bytes + ocs_flow_need(flow));
    const unsigned char *chunk;
    uint64_t count, read_bytes = 0;
    for (int i = 0; i < 3; ++i) {
        assert_int_equal(ocs_flow_next(flow, &chunk, &count, scene.error), OCS_OK);
        read_bytes += count;
    }
    const uint64_t more = pour(ends[1]);
    assert_true(more > 0 && taken + more <= read_bytes + pipe_bytes + ocs_flow_need(flow));
    close_input(flow, saved);
    close(ends[0]);
    close(ends[1]);
    close_scene(&scene);
}

static void *interrupt_soon(void *flow)
{
    usleep(50000);
    ocs_flow_interrupt(flow);
    return NULL;
}

static void test_an_interrupt_ends_the_waiting(void **state)
{
    struct scene scene = open_scene(*state);
    int ends[2], saved;
    assert_int_equal(pipe(ends), 0);
    struct ocs_flow *const flow = open_input(&scene, ends[0], &saved);
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, interrupt_soon, flow), 0);
    const unsigned char *chunk;
    uint64_t count;
    assert_int_equal(ocs_flow_next(flow, &chunk, &count, scene.error), OCS_CANCELLED);
    pthread_join(thread, NULL);
    assert_int_equal(ocs_flow_next(flow, &chunk, &count, scene.error), OCS_CANCELLED);
    close_input(flow, saved);
    close(ends[0]);
    close(ends[1]);
    close_scene(&scene);
}

static void test_a_source_flows_from_its_beginning(void **state)
{
    struct fixture *const fixture = *state;
    static const uint64_t sizes[] = {0, 1, 1000003};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; ++i) {
        struct scene scene = open_scene(fixture);
        const struct fixture_path path = in_dir(fixture, "file");
        make_file(path.text, sizes[i]);
        assert_false(ocs_flow_is_pipe(path.text));
        struct ocs_source *source;
        struct ocs_flow *flow;
        assert_int_equal(ocs_source_open(path.text, OCS_IO_READ, &source, scene.error), OCS_OK);
        assert_int_equal(ocs_flow_open_source(scene.loop, scene.budget, source, &flow, scene.error),
                         OCS_OK);
        assert_int_equal(ocs_flow_bytes(flow), sizes[i]);
        assert_all_bytes(&scene, flow, sizes[i]);
        assert_true(ocs_budget_high_water(scene.budget) <= ocs_flow_need(flow));
        ocs_flow_close(flow);
        close_scene(&scene);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_open, fixture_close)
    const struct CMUnitTest tests[] = {
        TEST(test_pipes_and_sockets_give_all_bytes),
        TEST(test_a_writer_waits_for_a_slow_reader),
        TEST(test_an_interrupt_ends_the_waiting),
        TEST(test_a_source_flows_from_its_beginning),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
